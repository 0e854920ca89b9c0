import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { allPoints, stepsOf, testedPoints } from './test/helpers/kill_choice.ts'
import { type VerbName, verbs } from './test/helpers/kill_verbs.ts'

/** docs/reference/faults.md names a test for each fault; here is what keeps it true. */
const root = join(import.meta.dirname, '..')
const page = readFileSync(join(root, 'docs/reference/faults.md'), 'utf8')
const rows = page.split('\n').filter(line => /^\|(?! fault \||-)/.test(line))
const named = rows.flatMap(row =>
  [...row.matchAll(/`(scripts\/[^`]+\.test\.ts): ?([^`]*)`/g)].map(([, file = '', title = '']) => ({
    file,
    title,
  })),
)

/** A scenario's own text, and that of the helpers that it is made of. */
function textOf(file: string, seen = new Set<string>()): string {
  if (seen.has(file) || !existsSync(file)) return ''
  seen.add(file)
  const text = readFileSync(file, 'utf8')
  const helpers = [...text.matchAll(/from '(\.[^']*)'/g)]
    .map(([, path = '']) => resolve(dirname(file), path))
    .filter(path => path.includes('/test/helpers/'))
  return [text, ...helpers.map(path => textOf(path, seen))].join('\n')
}

describe('docs/reference/faults.md', () => {
  test('has rows, and each names a test', () => {
    expect(rows.length).toBeGreaterThan(60)
    expect(rows.filter(row => !/`scripts\/[^`]+\.test\.ts: ?[^`]*` \|$/.test(row))).toEqual([])
  })

  test('every file that it names is there', () => {
    expect(named.filter(({ file }) => !existsSync(join(root, file)))).toEqual([])
  })

  test('every title that it names is there', () => {
    const isThere = ({ file, title }: (typeof named)[number]) => {
      const text = textOf(join(root, file))
      return (
        title !== '' &&
        [`'${title}`, `"${title}`, `\`${title}`, `  ${title}: {`].some(words => text.includes(words))
      )
    }
    expect(named.filter(one => !isThere(one))).toEqual([])
  })

  test('every scenario stands in a row', () => {
    const scenarios = readdirSync(join(root, 'scripts/test'), { recursive: true, encoding: 'utf8' })
      .filter(name => name.endsWith('.test.ts'))
      .map(name => `scripts/test/${name}`)
    const files = new Set(named.map(({ file }) => file))
    expect(scenarios.filter(file => !files.has(file))).toEqual([])
  })
})

describe('kill points', () => {
  const names = Object.keys(verbs) as VerbName[]

  test('make test runs at least 40, make soak several hundred', () => {
    expect(names.flatMap(testedPoints).length).toBeGreaterThanOrEqual(40)
    expect(names.flatMap(allPoints).length).toBeGreaterThan(400)
  })

  test('each verb has some, and each kind of victim is among them', () => {
    expect(names.filter(name => testedPoints(name).length < 1)).toEqual([])
    const victims = new Set(names.flatMap(testedPoints).map(({ victim }) => victim))
    expect([...victims].sort()).toEqual(['SIGINT', 'SIGTERM', 'child', 'container', 'script', 'server'])
  })

  test('each verb has its steps written down', () => {
    expect(names.filter(name => stepsOf(name).length === 0)).toEqual([])
  })
})

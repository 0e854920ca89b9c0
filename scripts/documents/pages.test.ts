import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { blocksOf } from './blocks.ts'
import { isExcerptOf } from './excerpt.ts'
import { pages, readPage, root } from './pages.ts'
import { stepsOf } from './steps.ts'

/** Which pages are run, and that nothing on them is left out by accident. */

const toBeRun = [
  'docs/DOCKER_BASICS.md',
  'docs/LEARN_TYPESCRIPT.md',
  'docs/QUICKSTART.md',
  'docs/TIMESCALEDB_INTRO.md',
  'example-app/README.md',
]

const blocks = pages.flatMap(page => blocksOf(page, readPage(page)))
const isRun = (page: string): boolean => blocks.some(block => block.page === page && block.attributes.run)

const scenarios = join(root, 'scripts/test/documents')
const isInScenario = readdirSync(scenarios).map(name => readFileSync(join(scenarios, name), 'utf8'))

describe('the documents that are run', () => {
  test.each(toBeRun)('%s has blocks that are run', page => expect(isRun(page)).toBe(true))

  test('every page with such blocks is one of them, and has a scenario', () => {
    expect(pages.filter(isRun)).toEqual(toBeRun)
    const hasScenario = (page: string) => isInScenario.some(text => text.includes(`runsAsItSays('${page}'`))
    expect(toBeRun.filter(page => !hasScenario(page))).toEqual([])
  })

  test('every command and statement on them is run, or it says why not', () => {
    const unsaid = blocks
      .filter(({ page, language }) => toBeRun.includes(page) && ['sh', 'console', 'sql'].includes(language))
      .filter(({ attributes: { run, norun, file } }) => !run && norun === undefined && file === undefined)
    expect(unsaid.map(({ page, line }) => `${page}:${line}`)).toEqual([])
  })

  test('every block that is run can be gone through', () => {
    const steps = blocks.filter(({ attributes }) => attributes.run).flatMap(stepsOf)
    expect(steps.length).toBeGreaterThan(20)
  })
})

test('every excerpt stands in its file', () => {
  const isThere = (text: string, file: string): boolean =>
    existsSync(join(root, file)) && isExcerptOf(text, readFileSync(join(root, file), 'utf8'))
  const wrong = blocks.filter(({ attributes: { file }, text }) => file !== undefined && !isThere(text, file))
  expect(wrong.map(({ page, line, attributes }) => `${page}:${line}: ${attributes.file}`)).toEqual([])
})

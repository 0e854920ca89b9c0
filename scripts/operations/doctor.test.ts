import { mkdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ToolkitError } from '../errors.ts'
import type { Resolved } from '../settings/resolve.ts'
import { tempFolder } from '../test/helpers/temp_folder.ts'
import { isOrphan } from './doctor/engine.ts'
import { examined, missing, note, ok } from './doctor/finding.ts'
import { examineLocale, examineNode, examinePackages } from './doctor/machine.ts'
import { registryOf } from './doctor/registry.ts'
import { examineVariables } from './doctor/variables.ts'
import { withoutRepetition } from './doctor.ts'

const { signal } = new AbortController()

describe('a check', () => {
  test('that fails says so, and why', async () => {
    const failing = async () => {
      throw new ToolkitError('failed', { what: 'It is closed.', why: 'a reason\nmore', hint: 'Open it.' })
    }
    expect(await examined('door', signal, failing)).toEqual([
      note('door', 'could not be looked at: It is closed. a reason'),
    ])
  })

  test('that hangs is not waited for', async () => {
    const hanging = () => new Promise<never>(() => {})
    const [finding] = await examined('door', signal, hanging, 20)
    expect(finding).toEqual(note('door', 'could not be looked at within 0.02 seconds'))
  })

  test('an interruption is none', async () => {
    const controller = new AbortController()
    controller.abort()
    const failing = async (inner: AbortSignal) => {
      inner.throwIfAborted()
      return ok('door', '')
    }
    await expect(examined('door', controller.signal, failing)).rejects.toThrow(/abort/i)
  })
})

test('without an engine its absence is told once', () => {
  const engine = missing('engine', 'There is none.', 'Install one.')
  const all = [ok('user', 'me'), engine, note('image', 'could not be looked at: There is none. At all.')]
  const once = note('not seen', 'without an engine: image')
  expect(withoutRepetition(all)).toEqual([all[0], engine, once])
  expect(withoutRepetition([ok('engine', '1'), note('image', 'x')])).toHaveLength(2)
})

test.each([
  ['20.18.3', 'missing'],
  ['18.20.1', 'missing'],
  ['20.19.0', 'ok'],
  ['24.0.0', 'ok'],
])('Node.js %s: %s', (version, state) => expect(examineNode(version).state).toBe(state))

test('packages: installed after package-lock.json has changed, or due', async () => {
  const folder = await tempFolder()
  expect(examinePackages(folder).state).toBe('ok')
  await writeFile(join(folder, 'package-lock.json'), '')
  expect(examinePackages(folder)).toMatchObject({ state: 'note', hint: expect.stringMatching(/npm ci/) })
  await mkdir(join(folder, 'node_modules'))
  await writeFile(join(folder, 'node_modules/.package-lock.json'), '')
  expect(examinePackages(folder).state).toBe('ok')
  await utimes(join(folder, 'node_modules/.package-lock.json'), 1, 1)
  expect(examinePackages(folder).state).toBe('note')
})

test.each([
  [{ LANG: 'de_DE.UTF-8' }, 'ok'],
  [{ LC_ALL: 'C.utf8' }, 'ok'],
  [{ LANG: 'C' }, 'note'],
  [{}, 'note'],
])('locale %j: %s', (env, state) => expect(examineLocale(env).state).toBe(state))

test.each([
  ['toolkit-save-4-abcdef', true],
  ['toolkit-save-5-abcdef', false],
  ['toolkit-pg-verify-4-abcdef', true],
  ['toolkit-test-4-abcdef12', false],
  ['somebody', false],
])('%s is an orphan: %s', (name, is) => expect(isOrphan(name, pid => pid === 5)).toBe(is))

test.each([
  ['postgres:17', 'registry-1.docker.io'],
  ['timescale/timescaledb:latest-pg17', 'registry-1.docker.io'],
  ['ghcr.io/a/b', 'ghcr.io'],
  ['localhost/a', 'localhost'],
  ['host:5000/a:1', 'host:5000'],
])('the registry of %s', (image, registry) => expect(registryOf(image)).toBe(registry))

describe('variables', () => {
  const sources = (changes: Record<string, string>) => ({ sources: changes as Resolved['sources'] })
  test('their names, never a value', () => {
    const env = { PGHOST: 'h', PGPASSWORD: 'secret', PGSERVICE: 'prod', HOME: '/' }
    const finding = examineVariables(sources({ host: 'environment', password: 'environment' }), env)
    expect(finding.state).toBe('note')
    expect(finding.says).toMatch(/count: PGHOST, PGPASSWORD; these mean nothing to the toolkit: PGSERVICE/)
    expect(JSON.stringify(finding)).not.toContain('secret')
  })
  test('none', () => expect(examineVariables(sources({}), { HOME: '/' }).state).toBe('ok'))
  test('one that the make line overrules does not count', () =>
    expect(examineVariables(sources({ host: 'make line' }), { PGHOST: 'h' }).state).toBe('ok'))
})

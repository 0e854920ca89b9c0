import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Metadata } from '../../catalog/metadata.ts'
import { besideData, copyBackup, ended, outcome, reseal } from '../helpers/cluster.ts'
import { docker, noEngine, whyNoEngine } from '../helpers/place.ts'
import { Toolkit } from '../helpers/toolkit.ts'

let toolkit: Toolkit
let id: string
beforeAll(async () => {
  toolkit = await Toolkit.create()
  await toolkit.startDatabase()
  id = await toolkit.save()
})
afterAll(() => toolkit.dispose())

const other18 = 'timescaledb-toolkit/postgres:18'
const has18 = noEngine
  ? undefined
  : await docker('image', 'inspect', '--format', '{{.Id}}', other18).catch(() => undefined)
const whyNo18 = has18 ? '' : whyNoEngine || ` (not run: the image ${other18} is not on this machine)`

describe('a backup that the image cannot open: exit 5', () => {
  const cases: [string, (metadata: Metadata) => void, RegExp][] = [
    [
      'another major version',
      m => {
        m.postgresql_version = '14.4'
      },
      /PostgreSQL 14/,
    ],
    [
      'another major version',
      m => {
        m.postgresql_version = '14.4'
      },
      noEngine
        ? /The data is of PostgreSQL 14, and this machine has no programs of that version/
        : /of PostgreSQL 14, the image .* is PostgreSQL 17/,
    ],
    [
      'another version of the C library',
      m => {
        m.server.libc = { kind: 'glibc', version: '2.31' }
      },
      /glibc 2\.31/,
    ],
    [
      'another C library',
      m => {
        m.server.libc = { kind: 'musl' }
      },
      /musl/,
    ],
    [
      'another architecture',
      m => {
        m.server.architecture = 'aarch65'
      },
      /aarch65/,
    ],
    [
      'a TimescaleDB that is not there',
      m => {
        m.server.timescaledb = [{ database: 'd', version: '9.9.9', edition: 'apache' }]
      },
      /TimescaleDB 9\.9\.9/,
    ],
  ]
  test.each(cases)('%s', async (name, change, words) => {
    const before = await besideData(toolkit)
    const folder = await copyBackup(toolkit.backup(id), join(toolkit.home, 'copies', name))
    await reseal(folder, change)
    const run = await toolkit.run('restore_docker.ts', [folder, '--yes'])
    expect(outcome(run)).toMatch(ended(5))
    expect(run.stderr).toMatch(words)
    expect(await besideData(toolkit)).toEqual(before)
  })

  test('the full edition of TimescaleDB', async context => {
    const metadata = JSON.parse(await readFile(join(toolkit.backup(id), 'metadata.json'), 'utf8')) as Metadata
    const [timescaledb] = metadata.server.timescaledb
    if (timescaledb?.edition !== 'apache')
      return context.skip('the Apache edition of TimescaleDB is not here')
    const folder = await copyBackup(toolkit.backup(id), join(toolkit.home, 'copies', 'edition'))
    await reseal(folder, m => {
      for (const database of m.server.timescaledb) database.edition = 'tsl'
    })
    const run = await toolkit.run('restore_docker.ts', [folder, '--yes'])
    expect(outcome(run)).toMatch(ended(5))
    expect(run.stderr).toContain('the full edition')
  })

  test.skipIf(!has18)(`an image of another major version${whyNo18}`, async () => {
    const run = await toolkit.run('restore_docker.ts', [id, '--yes'], { env: { IMAGE: other18 } })
    expect(outcome(run)).toMatch(ended(5))
    expect(run.stderr).toMatch(/PostgreSQL 17.*PostgreSQL 18/)
  })
})

test('start-restored is for what was restored: exit 5', async () => {
  const run = await toolkit.run('database.ts', ['start-restored'])
  expect(outcome(run)).toMatch(ended(5))
  const nothing = join(toolkit.home, 'empty', 'data')
  await mkdir(nothing, { recursive: true })
  const none = await toolkit.run('database.ts', ['start-restored'], { env: { DATA_DIR: nothing } })
  expect(outcome(none)).toMatch(ended(5))
})

test('another password: start-restored says so, set-password is the way', async () => {
  await toolkit.ok('restore_docker.ts', [id, '--yes'])
  const without = await toolkit.json('database.ts', ['start-restored'], { env: { PGPASSWORD: 'wrong' } })
  expect(without).toMatchObject({ login_works: false, login_problem: expect.stringMatching(/password/) })
  // Into .env, where every later command finds it: the environment holds none any more.
  const env = { PGPASSWORD: '' }
  await toolkit.ok('database.ts', ['set-password'], { env })
  const after = await toolkit.json('database.ts', ['start-restored'], { env })
  expect(after).toMatchObject({ login_works: true, login_problem: null })
})

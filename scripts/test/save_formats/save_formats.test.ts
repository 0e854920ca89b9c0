import { readdir } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Toolkit } from '../helpers/toolkit.ts'

let toolkit: Toolkit
beforeAll(async () => {
  toolkit = await Toolkit.create()
  await toolkit.startDatabase()
  await toolkit.sql('CREATE TABLE t AS SELECT g, md5(g::text) FROM generate_series(1, 20000) g')
})
afterAll(() => toolkit.dispose())

const ids: string[] = []

test.each([
  ['', '', 'zstd', 3, 'base.tar.zst'],
  ['zstd:1', 'client', 'zstd', 1, 'base.tar.zst'],
  ['lz4', 'server', 'lz4', undefined, 'base.tar.lz4'],
  ['lz4:9', 'client', 'lz4', 9, 'base.tar.lz4'],
  ['gzip:1', 'server', 'gzip', 1, 'base.tar.gz'],
  ['gzip', 'client', 'gzip', undefined, 'base.tar.gz'],
  ['none', '', 'none', undefined, 'base.tar'],
] as const)('tar with %o at %o', async (compress, at, algorithm, level, archive) => {
  const args = [...(compress ? ['--compress', compress] : []), ...(at ? ['--compress-at', at] : [])]
  const { metadata, folder } = await toolkit.json('save.ts', args)
  ids.push(metadata.id)
  expect(metadata).toMatchObject({
    format: 'tar',
    type: 'full',
    compression: { algorithm, ...(level && { level }) },
  })
  expect(metadata.files.map((f: { name: string }) => f.name)).toContain(archive)
  expect((await readdir(folder)).sort()).toEqual(
    [...metadata.files.map((f: { name: string }) => f.name), 'metadata.json'].sort(),
  )
})

test('plain is files as in a data directory, never compressed', async () => {
  const run = await toolkit.ok('save.ts', ['--format', 'plain', '--compress', 'zstd', '--json'])
  expect(run.stderr).toContain('FORMAT=plain is never compressed')
  const { metadata, folder } = JSON.parse(run.stdout)
  ids.push(metadata.id)
  expect(metadata).toMatchObject({ format: 'plain', compression: { algorithm: 'none' } })
  expect(await readdir(`${folder}/data`)).toEqual(
    expect.arrayContaining(['PG_VERSION', 'base', 'pg_wal', 'backup_label', 'backup_manifest']),
  )
})

test('BACKUP_COMPRESSION is the default, COMPRESS goes before it', async () => {
  const env = { BACKUP_COMPRESSION: 'false' }
  const algorithm = async (...args: string[]) =>
    (await toolkit.json('save.ts', ['--dry-run', ...args], { env })).plan.compression.algorithm
  expect(await algorithm()).toBe('none')
  expect(await algorithm('--compress', 'lz4')).toBe('lz4')
})

test('each of them is whole, to the last file and WAL record', async () => {
  const results = await toolkit.json('db_backup.ts', ['verify', '--deep'])
  expect(results.map((r: { id: string }) => r.id).sort()).toEqual(ids.sort())
  for (const result of results)
    expect(result).toMatchObject({ level: 'deep', result: 'ok', problems: [], notes: [] })
})

test('the list knows each', async () => {
  const { backups } = await toolkit.json('db_backup.ts', ['list'])
  expect(backups).toHaveLength(ids.length)
  for (const backup of backups) {
    expect(backup).toMatchObject({ type: 'full', foreign: false, damage: null, verified: { level: 'deep' } })
    expect(backup.cluster_size_bytes).toBeGreaterThan(10_000_000)
  }
  const table = await toolkit.ok('db_backup.ts', ['list'])
  expect(table.stdout).toContain('ok (deep)')
})

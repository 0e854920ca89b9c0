import { execFileSync, spawnSync } from 'node:child_process'
import { readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { basebackup, copyBackup, digestOf, ended, outcome } from '../helpers/cluster.ts'
import { entryBytes } from '../helpers/tar_file.ts'
import { Toolkit } from '../helpers/toolkit.ts'

/** Somebody else's backup claims, or would unpack to, more than any disk has: refused before a byte is written. */
let toolkit: Toolkit
let taken: string
let before: string
const huge = 2 ** 50
beforeAll(async () => {
  toolkit = await Toolkit.create()
  await toolkit.startDatabase()
  taken = await basebackup(toolkit, 'taken', '--format=tar')
  await toolkit.ok('database.ts', ['stop'])
  before = await digestOf(toolkit)
})
afterAll(() => toolkit.dispose())

async function expectNoSpace(folder: string): Promise<void> {
  const started = performance.now()
  const run = await toolkit.run('restore_docker.ts', [folder, '--yes'])
  expect(outcome(run)).toMatch(ended(2))
  expect(run.stderr).toContain('Not enough space')
  // Nobody waits until all of it was read.
  expect(performance.now() - started).toBeLessThan(60_000)
  expect(await digestOf(toolkit)).toBe(before)
  expect(await toolkit.remains()).toEqual([])
}

// The other compressions are tried beside the module: scripts/postgres/odd_archives.test.ts
const lacksZstd = spawnSync('zstd', ['--version']).error !== undefined
const why = lacksZstd ? ' (not run: zstd is missing here)' : ''
test.skipIf(lacksZstd)(`an archive of kilobytes with a file of a petabyte: exit 2${why}`, async () => {
  const folder = await copyBackup(taken, join(toolkit.home, 'petabyte'))
  const content = Buffer.concat([
    entryBytes({ path: 'base/1/huge', bytes: huge }),
    await readFile(join(folder, 'base.tar')),
  ])
  await rm(join(folder, 'base.tar'))
  const packed = execFileSync('zstd', ['-cq'], { input: content, maxBuffer: 1 << 28 })
  await writeFile(join(folder, 'base.tar.zst'), packed)
  await expectNoSpace(folder)
})

test('an unpacked backup with a sparse file of 4 TB, which a copy would fill with zeros: exit 2', async () => {
  const folder = join(toolkit.home, 'unpacked')
  await toolkit.asRoot(
    `mkdir '${folder}'; cd '${folder}'; tar -xf '${taken}/base.tar'; mkdir -p pg_wal; tar -xf '${taken}/pg_wal.tar' -C pg_wal; cp '${taken}/backup_manifest' .; chmod -R a+rwX .`,
  )
  await writeFile(join(folder, 'base/1/sparse'), '')
  await truncate(join(folder, 'base/1/sparse'), 2 ** 42)
  await expectNoSpace(folder)
})

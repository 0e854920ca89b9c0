import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { basebackup, copyBackup, digestOf, ended, flipOneBit, outcome } from '../helpers/cluster.ts'
import { addEvilEntry, evilEntries, expectNothingEscaped } from '../helpers/evil_archive.ts'
import { soak, whyNotNow } from '../helpers/soak.ts'
import { Toolkit } from '../helpers/toolkit.ts'

/** Somebody else's backup carries no hashes of its archives: what is wrong with it has to be found inside. */
let toolkit: Toolkit
let taken: string
let before: string
let copies = 0
const copy = () => copyBackup(taken, join(toolkit.home, 'copies', String(copies++)))
const change = (folder: string, script: string) => toolkit.inImage(`cd '${folder}'; ${script}`)

async function expectRefused(folder: string, words: string | RegExp, code = 3): Promise<void> {
  const run = await toolkit.run('restore_docker.ts', [folder, '--yes'])
  expect(outcome(run)).toMatch(ended(code))
  expect(run.stderr).toMatch(words)
}

beforeAll(async () => {
  toolkit = await Toolkit.create()
  await toolkit.startDatabase()
  taken = await basebackup(toolkit, 'taken', '--format=tar')
  await toolkit.ok('database.ts', ['stop'])
  before = await digestOf(toolkit)
})
afterAll(() => toolkit.dispose())
afterEach(async () => {
  expect(await digestOf(toolkit)).toBe(before)
  expect(await toolkit.remains()).toEqual([])
})

const [evil, moreEvil] = [evilEntries.slice(0, 2), evilEntries.slice(2)]
test.each(evil)('%s', isRefused)
test.skipIf(!soak).each(moreEvil)(`%s${whyNotNow}`, isRefused)

async function isRefused(kind: (typeof evilEntries)[number]): Promise<void> {
  const folder = await copy()
  await addEvilEntry(toolkit, join(folder, 'base.tar'), kind)
  await expectRefused(folder, 'refused')
  expectNothingEscaped(toolkit)
}

test.each([
  ['without backup_label', 'tar --delete -f base.tar backup_label', 'backup_label'],
  ['without PG_VERSION', 'tar --delete -f base.tar PG_VERSION', 'PG_VERSION'],
  ['without pg_wal.tar', 'rm pg_wal.tar', 'pg_wal.tar'],
  [
    'without a WAL segment',
    'tar --delete -f pg_wal.tar "$(tar -tf pg_wal.tar | grep -m1 -E "^[0-9A-F]{24}$")"',
    /pg_wal|WAL/,
  ],
  ['without a file of the manifest', 'tar --delete -f base.tar base/1/1259', 'base/1/1259'],
  [
    'with a file too many',
    'mkdir -p base/1; echo x > base/1/4711; tar -rf base.tar base/1/4711; rm -r base',
    'base/1/4711',
  ],
  ['with an archive that is cut off', 'truncate --size=-2000000 base.tar', 'damaged'],
  ['with a manifest that is cut off', 'truncate --size=-100 backup_manifest', 'manifest'],
  ['with the base archive twice', 'gzip --keep base.tar', /another archive/],
])('%s', async (_, script, words) => {
  const folder = await copy()
  await change(folder, script)
  await expectRefused(folder, words)
})

test('with one bit flipped in a table', async () => {
  const folder = await copy()
  await flipOneBit(join(folder, 'base.tar'))
  await expectRefused(folder, /checksum|damaged/)
})

test('of another major version: exit 5', async () => {
  const folder = await copy()
  const script =
    'tar --delete -f base.tar PG_VERSION; echo 12 > PG_VERSION; tar -rf base.tar PG_VERSION; rm PG_VERSION'
  await change(folder, script)
  await expectRefused(folder, /PostgreSQL 12/, 5)
})

test('unpacked, without its backup_label', async () => {
  const folder = join(toolkit.home, 'unpacked')
  await change(
    toolkit.home,
    `mkdir unpacked; tar -xf '${taken}/base.tar' -C unpacked; mkdir -p unpacked/pg_wal; tar -xf '${taken}/pg_wal.tar' -C unpacked/pg_wal; rm unpacked/backup_label; chmod -R a+rX unpacked`,
  )
  await expectRefused(folder, 'backup_label')
  await rm(folder, { recursive: true })
})

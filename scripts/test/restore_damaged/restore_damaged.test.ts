import { readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { bytesOf, copyBackup, digestOf, ended, flipOneBit, outcome, reseal } from '../helpers/cluster.ts'
import { addEvilEntry, evilEntries, expectNothingEscaped } from '../helpers/evil_archive.ts'
import { soak, whyNotNow } from '../helpers/soak.ts'
import { Toolkit } from '../helpers/toolkit.ts'

/** Every damage is found before anything is changed: exit 3, and not a byte of the data directory differs. */
let toolkit: Toolkit
let saved: string
let before: string
let copies = 0
const copy = () => copyBackup(saved, join(toolkit.home, 'copies', String(copies++)))
const restore = (folder: string) => toolkit.run('restore_docker.ts', [folder, '--yes'])

beforeAll(async () => {
  toolkit = await Toolkit.create()
  await toolkit.startDatabase()
  saved = toolkit.backup(await toolkit.save('--compress', 'none'))
  await toolkit.ok('database.ts', ['stop'])
  before = await digestOf(toolkit)
})
afterAll(() => toolkit.dispose())
afterEach(async () => {
  expect(await digestOf(toolkit)).toBe(before)
})

const damages: [string, (path: string) => Promise<void>][] = [
  ['cut off', async path => truncate(path, (await bytesOf(path)) - 1)],
  ['with one bit flipped', flipOneBit],
  ['removed', path => rm(path)],
]
for (const name of ['base.tar', 'pg_wal.tar', 'backup_manifest']) {
  test.each(damages)(`${name} %s`, async (_, damage) => {
    const folder = await copy()
    await damage(join(folder, name))
    const run = await restore(folder)
    expect(outcome(run)).toMatch(ended(3))
    expect(run.stderr).toContain(name === 'base.tar' ? 'base' : name)
  })
}

test.each([
  [
    'edited',
    async (path: string) => writeFile(path, (await readFile(path, 'utf8')).replace('"dev"', '"prod"')),
  ],
  ['cut off', async (path: string) => truncate(path, 100)],
  ['removed', async (path: string) => rm(path)],
])('metadata.json %s', async (_, damage) => {
  const folder = await copy()
  await damage(join(folder, 'metadata.json'))
  const run = await restore(folder)
  expect(outcome(run)).toMatch(ended(3))
  expect(run.stderr).toContain('metadata.json')
})

test('an archive laid beside ours, which would be unpacked over it', async () => {
  const folder = await copy()
  await writeFile(join(folder, 'base.tar.zst'), 'anything')
  const run = await restore(folder)
  expect(outcome(run)).toMatch(ended(3))
  expect(run.stderr).toContain('base.tar.zst')
})

// What is sealed is not read through before: here the unpacking itself has to refuse.
const [evil, moreEvil] = [evilEntries.slice(0, 1), evilEntries.slice(1)]
test.each(evil)('sealed anew around %s', isRefused)
test.skipIf(!soak).each(moreEvil)(`sealed anew around %s${whyNotNow}`, isRefused)

async function isRefused(kind: (typeof evilEntries)[number]): Promise<void> {
  const folder = await copy()
  await addEvilEntry(toolkit, join(folder, 'base.tar'), kind)
  await reseal(folder)
  const run = await restore(folder)
  expect(outcome(run)).toMatch(ended(3))
  // Behind a link tar itself finds no way; everything else is told by its name or its kind.
  expect(run.stderr).toMatch(/refused|cannot be unpacked/)
  expectNothingEscaped(toolkit)
}

test('sealed anew around a changed file', async () => {
  const folder = await copy()
  await toolkit.inImage(`cd '${folder}'; tar --delete -f base.tar base/1/1259`)
  await reseal(folder)
  const run = await restore(folder)
  expect(outcome(run)).toMatch(ended(3))
  expect(run.stderr).toContain('base/1/1259')
})

import { readdirSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addEntries, cutInHalf, type Damage, damagedCopies, flipBit, reseal } from '../helpers/damage.ts'
import type { TarEntry } from '../helpers/tar_file.ts'
import { Toolkit } from '../helpers/toolkit.ts'

let toolkit: Toolkit
let saved: string
beforeAll(async () => {
  toolkit = await Toolkit.create()
  await toolkit.startDatabase()
  saved = await toolkit.save('--compress', 'none')
})
afterAll(() => toolkit.dispose())

type Case = { what: string; damage: Damage; finding: RegExp }

const entry = (what: string, tarEntry: TarEntry, finding: RegExp): Case => ({
  what,
  damage: folder => addEntries(join(folder, 'base.tar'), [tarEntry]),
  finding,
})

/** Flips a bit in the content of one entry of base.tar. */
async function flipInside(folder: string, name: string): Promise<void> {
  const path = join(folder, 'base.tar')
  const header = (await readFile(path)).indexOf(`${name}\0`)
  expect(header).toBeGreaterThanOrEqual(0)
  await flipBit(path, header + 512 + 100)
}

const editManifest =
  (from: RegExp, to: string): Damage =>
  async folder => {
    const path = join(folder, 'backup_manifest')
    const text = await readFile(path, 'utf8')
    expect(text).toMatch(from)
    await writeFile(path, text.replace(from, to))
  }

const cases: Case[] = [
  entry(
    'an entry that leaves',
    { path: '../evil', content: 'x' },
    /base\.tar: entry “\.\.\/evil” is refused/,
  ),
  entry('one that leaves later', { path: 'base/../../evil' }, /base\.tar: entry .* is refused/),
  entry(
    'an absolute one',
    { path: '/etc/cron.d/evil' },
    /base\.tar: entry “\/etc\/cron\.d\/evil” is refused/,
  ),
  entry(
    'a symbolic link',
    { path: 'base/evil', type: '2', link: '/etc' },
    /base\.tar: entry “base\/evil” is ref/,
  ),
  entry(
    'a hard link',
    { path: 'evil', type: '1', link: '/etc/passwd' },
    /base\.tar: entry “evil” is refused/,
  ),
  entry('a device', { path: 'evil', type: '3' }, /base\.tar: entry “evil” is refused/),
  entry('a file more', { path: 'base/evil', content: 'x' }, /^base\/evil: not in the manifest/),
  {
    what: 'a bit in a file',
    damage: f => flipInside(f, 'global/1262'),
    finding: /^global\/1262: its checksum/,
  },
  {
    what: 'a bit in the label',
    damage: f => flipInside(f, 'backup_label'),
    finding: /^backup_label: its checksum/,
  },
  { what: 'a bit in the WAL', damage: f => flipBit(join(f, 'pg_wal.tar'), 512 + 41), finding: /^pg_wal: / },
  { what: 'an archive cut', damage: f => cutInHalf(join(f, 'base.tar')), finding: /base\.tar is damaged/ },
  {
    what: 'a manifest that says otherwise',
    damage: editManifest(/"Size": 8192/, '"Size": 8193'),
    finding: /^backup_manifest: its own checksum does not match/,
  },
  {
    what: 'a manifest without a file',
    damage: editManifest(/\{ "Path": "global\/1262".*\n/, ''),
    finding: /^backup_manifest: its own checksum does not match/,
  },
  {
    what: 'the manifest left out of the metadata',
    async damage(folder) {
      await rm(join(folder, 'backup_manifest'))
      const files = [{ name: 'base.tar' }, { name: 'pg_wal.tar' }]
      const path = join(folder, 'metadata.json')
      const document = JSON.parse(await readFile(path, 'utf8'))
      await writeFile(path, JSON.stringify({ ...document, files }))
    },
    finding: /backup_manifest/,
  },
]

const verify = async (folder: string, ...args: string[]) => {
  const run = await toolkit.run('db_backup.ts', ['verify', '--json', '--backups-dir', folder, ...args])
  return { ...run, results: JSON.parse(run.stdout) as { id: string; result: string; problems: string[] }[] }
}

test('tampering that metadata.json does not know of is found at once, by archive', async () => {
  const folder = join(toolkit.home, 'plain tampering')
  const copies = await damagedCopies(toolkit.backup(saved), folder, cases.slice(0, -1))
  const { code, results } = await verify(folder)
  expect(code).toBe(3)
  for (const { id, problems } of results) {
    expect(problems, copies.get(id)?.what).toContainEqual(
      expect.stringMatching(/^(base\.tar|pg_wal\.tar|backup_manifest): /),
    )
  }
})

test('tampering by somebody who mends every hash of metadata.json is found deep inside, by file', async () => {
  const folder = join(toolkit.home, 'mended tampering')
  const mended = cases.map(one => ({
    ...one,
    async damage(copy: string) {
      await one.damage(copy)
      await reseal(copy)
    },
  }))
  const copies = await damagedCopies(toolkit.backup(saved), folder, mended)
  // To who looks at the archives only, they are what metadata.json says.
  const shallow = await verify(folder)
  expect(shallow.code, shallow.stdout).toBe(0)
  const deep = await verify(folder, '--deep')
  expect(deep.code).toBe(3)
  for (const { id, problems } of deep.results) {
    const { what, finding } = copies.get(id) ?? { what: id, finding: /never/ }
    expect(problems, what).toContainEqual(expect.stringMatching(finding))
  }
  // Nothing was unpacked, neither here nor anywhere an entry points to.
  expect(readdirSync(folder).sort()).toEqual([...copies.keys()].sort())
  expect(readdirSync(toolkit.home)).not.toContain('evil')
})

test('a restore refuses what verify finds, and leaves the data alone', async () => {
  const folder = join(toolkit.home, 'mended tampering')
  const refused = cases.findIndex(one => one.what === 'a symbolic link')
  const id = `cluster_backup_20200101_${String(refused).padStart(6, '0')}`
  const run = await toolkit.run('restore_docker.ts', [join(folder, id), '--yes'])
  expect(run.code, run.stderr).toBe(3)
  expect(run.stderr).toContain('base/evil')
  expect(await toolkit.remains()).toEqual([])
})

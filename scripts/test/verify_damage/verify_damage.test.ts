import { execFileSync } from 'node:child_process'
import { appendFile, cp, mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cutInHalf, type Damage, damagedCopies, flipBit } from '../helpers/damage.ts'
import { canMount, whyNoDisk, withSmallDisk } from '../helpers/small_disk.ts'
import { soak, whyNotNow } from '../helpers/soak.ts'
import { Toolkit } from '../helpers/toolkit.ts'

let toolkit: Toolkit
let tar: string
let plain: string
beforeAll(async () => {
  toolkit = await Toolkit.create()
  await toolkit.startDatabase()
  tar = await toolkit.save()
  plain = await toolkit.save('--format', 'plain')
  await toolkit.ok('database.ts', ['stop'])
})
afterAll(() => toolkit.dispose())

type Case = { what: string; damage: Damage; finding: RegExp }
const at =
  (name: string, damage: Damage): Damage =>
  folder =>
    damage(join(folder, name))
const editMetadata = (from: RegExp | string, to: string) =>
  at('metadata.json', async path => writeFile(path, (await readFile(path, 'utf8')).replace(from, to)))

const eachFile: Case[] = ['base.tar.zst', 'pg_wal.tar', 'backup_manifest'].flatMap(name => [
  { what: `${name} cut in half`, damage: at(name, cutInHalf), finding: new RegExp(`^${name}: \\d+ bytes`) },
  { what: `${name} empty`, damage: at(name, truncate), finding: new RegExp(`^${name}: 0 bytes`) },
  {
    what: `${name} one bit flipped`,
    damage: at(name, path => flipBit(path)),
    finding: new RegExp(`^${name}: its content changed`),
  },
  {
    what: `${name} longer`,
    damage: at(name, p => appendFile(p, 'x')),
    finding: new RegExp(`^${name}: \\d+ b`),
  },
  { what: `${name} gone`, damage: at(name, p => rm(p)), finding: new RegExp(`^${name}: missing`) },
])

const around: Case[] = [
  { what: 'a file more', damage: at('notes', p => writeFile(p, '')), finding: /^notes: not part/ },
  {
    what: 'an archive more',
    damage: at('16999.tar', p => writeFile(p, '')),
    finding: /^16999\.tar: not part/,
  },
  { what: 'a folder more', damage: at('old', p => mkdir(p)), finding: /^old: not part/ },
  { what: 'metadata gone', damage: at('metadata.json', p => rm(p)), finding: /metadata\.json is missing/ },
  {
    what: 'metadata cut',
    damage: at('metadata.json', cutInHalf),
    finding: /metadata\.json cannot be trusted/,
  },
  {
    what: 'metadata edited',
    damage: editMetadata('"label": null', '"label": "mine"'),
    finding: /metadata\.json cannot be trusted: its digest does not match/,
  },
  {
    what: 'metadata of a newer toolkit',
    damage: editMetadata('"schema_version": 1', '"schema_version": 99'),
    finding: /metadata\.json cannot be trusted: it was written by a newer version/,
  },
]

test('every damage of a tar backup is found without unpacking, and its file is named', async () => {
  const folder = join(toolkit.home, 'damaged')
  const copies = await damagedCopies(toolkit.backup(tar), folder, [...eachFile, ...around])
  const run = await toolkit.run('db_backup.ts', ['verify', '--json', '--backups-dir', folder])
  expect(run.code, run.stderr).toBe(3)
  const results: { id: string; result: string; problems: string[] }[] = JSON.parse(run.stdout)
  expect(results).toHaveLength(copies.size)
  for (const { id, result, problems } of results) {
    const { what, finding } = copies.get(id) ?? { what: id, finding: /never/ }
    expect(result, what).toBe('failed')
    expect(problems, what).toContainEqual(expect.stringMatching(finding))
  }
  // The list remembers.
  const list = await toolkit.json('db_backup.ts', ['list', '--backups-dir', folder])
  expect(list.backups).toHaveLength(copies.size)
  for (const backup of list.backups) expect(backup.verified.result).toBe('failed')
  const table = await toolkit.ok('db_backup.ts', ['list', '--backups-dir', folder])
  expect(table.stdout).toMatch(/DAMAGED: its base archive is missing/)
  expect(table.stdout).toMatch(/failed \(archives\)/)
})

const inside = (name: string, damage: Damage) => at(join('data', name), damage)
const plainCases: Case[] = [
  {
    what: 'a bit flipped',
    damage: inside('global/1262', p => flipBit(p)),
    finding: /^global\/1262: its checksum/,
  },
  {
    what: 'a file gone',
    damage: inside('base/1/PG_VERSION', p => rm(p)),
    finding: /^base\/1\/PG_VERSION: miss/,
  },
  { what: 'a file more', damage: inside('base/evil', p => writeFile(p, '')), finding: /^base\/evil: not in/ },
  {
    what: 'no WAL',
    damage: inside('pg_wal', p => rm(p, { recursive: true })),
    finding: /^pg_wal\/0{7}1.*: missing/,
  },
  {
    what: 'manifest cut',
    damage: inside('backup_manifest', cutInHalf),
    finding: /^(data\/)?backup_manifest: /,
  },
]

test.skipIf(!soak)(`so is every damage of a plain one${whyNotNow}`, async () => {
  const folder = join(toolkit.home, 'damaged plain')
  const copies = await damagedCopies(toolkit.backup(plain), folder, plainCases)
  const run = await toolkit.run('db_backup.ts', ['verify', '--json', '--backups-dir', folder])
  expect(run.code, run.stderr).toBe(3)
  for (const { id, result, problems } of JSON.parse(run.stdout)) {
    const { what, finding } = copies.get(id) ?? { what: id, finding: /never/ }
    expect(result, what).toBe('failed')
    expect(problems, what).toContainEqual(expect.stringMatching(finding))
  }
})

test('what is whole passes, by a part of its id, by its folder, and all together', async () => {
  for (const name of [tar.replace('cluster_backup_', ''), toolkit.backup(tar)])
    expect(await toolkit.json('db_backup.ts', ['verify', name])).toMatchObject([{ id: tar, result: 'ok' }])
  expect(await toolkit.json('db_backup.ts', ['verify', '--deep'])).toMatchObject([
    { id: plain, level: 'deep', result: 'ok' },
    { id: tar, level: 'deep', result: 'ok' },
  ])
  const verified = JSON.parse(await readFile(join(toolkit.backup(tar), 'verified.json'), 'utf8'))
  expect(verified).toMatchObject({ level: 'deep', result: 'ok', problems: [] })
})

test.skipIf(!canMount)(`backups on a read-only disk are verified as well${whyNoDisk}`, () =>
  withSmallDisk(100, async folder => {
    await cp(toolkit.backup(tar), join(folder, tar), { recursive: true })
    execFileSync('mount', ['-o', 'remount,ro', folder])
    const results = await toolkit.json('db_backup.ts', ['verify', '--deep', '--backups-dir', folder])
    const notes = [expect.stringContaining('could not be written')]
    expect(results).toMatchObject([{ id: tar, level: 'deep', result: 'ok', notes }])
  }),
)

test('one bad among good ones makes the whole run 3, and says which', async () => {
  await writeFile(join(toolkit.backup(tar), 'notes'), '')
  const run = await toolkit.run('db_backup.ts', ['verify'])
  expect(run.code).toBe(3)
  expect(run.stdout).toMatch(new RegExp(`ok {6}${plain}`))
  expect(run.stdout).toMatch(new RegExp(`FAILED {2}${tar}.*\\n.*notes: not part of this backup`))
})

test.each([
  ['a name that is none', ['verify', 'cluster_backup_20010101_000000'], /There is no backup/],
  ['an empty folder', ['verify', '--backups-dir', '/var/empty-not-there'], /There are no backups/],
  ['a folder without one', ['verify', '/usr'], /There is no backup in \/usr/],
])('usage: %s', async (_what, args, words) => {
  const run = await toolkit.run('db_backup.ts', args)
  expect(run.code, run.stderr).toBe(4)
  expect(run.stderr).toMatch(words)
})

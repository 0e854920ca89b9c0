import { appendFile, cp, mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  checksumOf,
  type DumpMetadata,
  openMetadata,
  sealMetadata,
  type Unsigned,
} from '../../catalog/metadata.ts'
import { cutInHalf, flipBit } from '../helpers/damage.ts'
import { algorithm, sqlEnding } from '../helpers/dumping.ts'
import { besideServer } from '../helpers/server.ts'
import { soak, whyNotNow } from '../helpers/soak.ts'
import { Toolkit } from '../helpers/toolkit.ts'

let toolkit: Toolkit
let folder: string
let sources: Record<'custom' | 'directory' | 'sql' | 'packed', DumpMetadata>
/** What plain pg_dump writes of the same database: everything, and definitions alone. */
let theirs: { all: string; schema: string }

beforeAll(async () => {
  toolkit = await Toolkit.create()
  folder = join(toolkit.home, 'damaged')
  await toolkit.startDatabase()
  await toolkit.sql('CREATE DATABASE shop')
  await toolkit.sql(
    'CREATE TABLE orders AS SELECT n, md5(n::text) AS note FROM generate_series(1, 5000) n; CREATE TABLE lines (n int)',
    'shop',
  )
  const dump = async (...args: string[]): Promise<DumpMetadata> =>
    (await toolkit.json('dump.ts', ['--db', 'shop', ...args])).metadata
  sources = {
    custom: await dump('--globals'),
    directory: await dump('--format', 'directory'),
    sql: await dump('--format', 'plain'),
    packed: await dump('--format', 'plain', '--compress', algorithm),
  }
  const pgDump = (...args: string[]) =>
    besideServer(toolkit, 'pg_dump', '-U', 'postgres', '-p', String(toolkit.port), ...args, 'shop')
  theirs = { all: await pgDump(), schema: await pgDump('--schema-only') }
})
afterAll(() => toolkit.dispose())

/** A copy under another name, whole and sealed anew; gives where it begins. */
async function copyOf(source: DumpMetadata, id: string): Promise<string> {
  const text = await readFile(join(toolkit.backupsDir, `${source.id}.metadata.json`), 'utf8')
  const { metadata_sha256: _, ...document } = openMetadata(text) as DumpMetadata
  const renamed = (name: string): string => name.replace(source.id, id)
  const files = document.files.map(file => ({ ...file, name: renamed(file.name) }))
  for (const name of (await readdir(toolkit.backupsDir)).filter(n => n.startsWith(source.id)))
    await cp(join(toolkit.backupsDir, name), join(folder, renamed(name)), { recursive: true })
  const copied: Unsigned<DumpMetadata> = {
    ...document,
    ...{ id, backup_file: renamed(document.backup_file), files, checksum_sha256: checksumOf(files) },
    roles_file: document.roles_file && renamed(document.roles_file),
  }
  const sealed = sealMetadata(copied)
  await writeFile(join(folder, `${id}.metadata.json`), sealed)
  return join(folder, id)
}

type Case = [
  what: string,
  source: keyof typeof sources,
  damage: (stem: string) => Promise<unknown>,
  finding: RegExp,
]
const inside = async (stem: string, ending: RegExp): Promise<string> => {
  const name = (await readdir(`${stem}.dump`)).find(n => ending.test(n)) ?? 'none'
  return join(`${stem}.dump`, name)
}
const data = /^\d+\.dat/
const cases: Case[] = [
  ['whole', 'directory', async () => {}, /^never/],
  [
    'cut in half',
    'custom',
    s => cutInHalf(`${s}.dump`),
    /\.dump: \d+ bytes instead of \d+\n.*cannot be read as a dump/,
  ],
  ['one bit flipped', 'custom', s => flipBit(`${s}.dump`), /\.dump: its content changed \(SHA-256 differs\)/],
  ['gone', 'custom', s => rm(`${s}.dump`), /^its dump is missing/],
  ['roles gone', 'custom', s => rm(`${s}.roles.sql`), /\.roles\.sql: missing/],
  ['metadata gone', 'custom', s => rm(`${s}.metadata.json`), /^its metadata\.json is missing/],
  [
    'metadata edited',
    'sql',
    async s =>
      writeFile(`${s}.metadata.json`, (await readFile(`${s}.metadata.json`, 'utf8')).replace('5000', '4000')),
    /cannot be trusted: its digest does not match/,
  ],
  ['a table’s file gone', 'directory', async s => rm(await inside(s, data)), /\.dump\/\d+\.dat\S*: missing/],
  [
    'a file more',
    'directory',
    s => writeFile(join(`${s}.dump`, 'notes'), ''),
    /\.dump\/notes: not part of this dump/,
  ],
  [
    'SQL cut in half',
    'sql',
    s => cutInHalf(`${s}.sql`),
    /It ends in the middle of a table|its last line is missing/,
  ],
]

/** More of their kinds. */
const rare: Case[] = [
  ['empty', 'custom', s => truncate(`${s}.dump`), /\.dump: 0 bytes instead of/],
  ['longer', 'custom', s => appendFile(`${s}.dump`, 'x'), /\.dump: \d+ bytes instead of/],
  ['metadata cut', 'custom', s => cutInHalf(`${s}.metadata.json`), /^its metadata\.json cannot be trusted/],
  [
    'a table’s file with a bit flipped',
    'directory',
    async s => flipBit(await inside(s, data)),
    /\.dat\S*: its content changed/,
  ],
  ['no table of contents', 'directory', s => rm(join(`${s}.dump`, 'toc.dat')), /toc\.dat: missing/],
  ['packed SQL cut in half', 'packed', s => cutInHalf(`${s}${sqlEnding}`), /cannot be read as a dump/],
]

async function everyOneIsFound(some: readonly Case[]): Promise<void> {
  await mkdir(folder)
  const copies = new Map<string, Case>()
  for (const [i, one] of some.entries()) {
    const id = `shop_dev_2020-01-01T00-00-${String(i).padStart(2, '0')}Z`
    await one[2](await copyOf(sources[one[1]], id))
    copies.set(id, one)
  }
  const run = await toolkit.run('db_backup.ts', ['verify', '--json', '--backups-dir', folder])
  expect(run.code, run.stderr).toBe(3)
  const results: { id: string; result: string; problems: string[] }[] = JSON.parse(run.stdout)
  expect(results).toHaveLength(some.length)
  for (const { id, result, problems } of results) {
    const [what, , , finding] = copies.get(id) ?? [id, '', '', /never/]
    if (what.startsWith('whole')) expect([what, result, problems]).toEqual([what, 'ok', []])
    else expect(problems.join('\n'), what).toMatch(finding)
    const verified = JSON.parse(await readFile(join(folder, `${id}.verified.json`), 'utf8'))
    expect(verified, what).toMatchObject({ level: 'deep', result, problems })
  }
  const list = await toolkit.json('db_backup.ts', ['list', '--backups-dir', folder])
  for (const { id, verified } of list.backups)
    expect(verified.result, id).toBe(results.find(found => found.id === id)?.result)
  // Whatever is wrong with it, it can be deleted.
  for (const [id] of [...copies].filter(([, [what]]) => /gone|more/.test(what))) {
    await toolkit.ok('db_backup.ts', ['delete', id, '--yes', '--backups-dir', folder])
    expect((await readdir(folder)).filter(name => name.startsWith(id))).toEqual([])
  }
  await rm(folder, { recursive: true })
}

test('every damage of a dump of ours is found, and its file is named', () => everyOneIsFound(cases))
test.skipIf(!soak)(`so is more of its kind${whyNotNow}`, () => everyOneIsFound(rare))

const cluster = '--\n-- PostgreSQL database cluster dump\n--\n'
const foreign: [name: string, content: () => string | Buffer, finding: RegExp | 'ok'][] = [
  ['all.sql', () => theirs.all, 'ok'],
  ['all.sql.gz', () => gzipSync(theirs.all), 'ok'],
  ['schema.sql', () => theirs.schema, 'ok'],
  ['without an ending', () => theirs.all, 'ok'],
  ['cut.sql', () => theirs.all.slice(0, -1000), /its last line is missing|ends in the middle/],
  [
    'cut.sql.gz',
    () => gzipSync(theirs.all).subarray(0, -1000),
    /cannot be read as a dump[\s\S]*unexpected end of file/,
  ],
  ['empty.dump', () => '', /cannot be read as a dump/],
  ['empty.sql', () => '', /there is nothing in it/],
  ['empty.sql.gz', () => '', /cannot be read as a dump/],
  ['text.sql', () => 'shopping list\n', /its last line is missing/],
  ['text.dump', () => 'shopping list\n', /cannot be read as a dump/],
  ['cluster.sql', () => `${cluster}${theirs.all}`, /its last line is missing/],
  [
    'whole cluster.sql',
    () => `${cluster}${theirs.all}\n--\n-- PostgreSQL database cluster dump complete\n--\n`,
    'ok',
  ],
]

test('dumps that others made are read through: whole ones pass with a note, all others are named', async () => {
  const others = join(toolkit.home, 'theirs')
  await mkdir(others)
  for (const [name, content] of foreign) await writeFile(join(others, name), content())
  await cp(join(toolkit.backupsDir, sources.custom.backup_file), join(others, 'good.dump'))
  await cp(join(toolkit.backupsDir, sources.custom.backup_file), join(others, 'half.dump'))
  await cutInHalf(join(others, 'half.dump'))
  const wanted: [string, RegExp | 'ok'][] = [
    ...foreign
      .filter(([name]) => name.includes('.'))
      .map(([name, , finding]) => [name, finding] as [string, RegExp | 'ok']),
    ['good.dump', 'ok'],
    ['half.dump', /cannot be read as a dump/],
  ]
  const run = await toolkit.run('db_backup.ts', ['verify', '--json', '--backups-dir', others])
  expect(run.code, run.stderr).toBe(3)
  const results: { id: string; result: string; problems: string[]; notes: string[] }[] = JSON.parse(
    run.stdout,
  )
  expect(results.map(({ id }) => id).sort()).toEqual(wanted.map(([name]) => name).sort())
  for (const { id, result, problems, notes } of results) {
    const finding = wanted.find(([name]) => name === id)?.[1] ?? /never/
    if (finding === 'ok') expect([id, result, problems]).toEqual([id, 'ok', []])
    else expect(problems, id).toContainEqual(expect.stringMatching(finding))
    expect(notes, id).toEqual(['not made by this toolkit: there is no metadata.json to compare with'])
    expect(JSON.parse(await readFile(join(others, `${id}.verified.json`), 'utf8'))).toMatchObject({ result })
  }
  // By its path, also where its name says nothing.
  const byPath = await toolkit.json('db_backup.ts', ['verify', join(others, 'without an ending')])
  expect(byPath).toMatchObject([{ result: 'ok', problems: [] }])
  expect(gunzipSync(await readFile(join(others, 'all.sql.gz'))).toString()).toBe(theirs.all)
})

test('a dump that a newer pg_dump made is not called damaged: exit 5', async () => {
  const path = join(toolkit.home, 'newer.dump')
  await cp(join(toolkit.backupsDir, sources.custom.backup_file), path)
  const content = await readFile(path)
  // PGDMP, then the version of the format: major, minor, revision.
  content.writeUInt8(99, 6)
  await writeFile(path, content)
  const run = await toolkit.run('db_backup.ts', ['verify', path])
  expect(run.code, run.stderr).toBe(5)
  expect(run.stderr).toMatch(/made by a newer pg_dump[\s\S]*unsupported version[\s\S]*HINT:/)
})

import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { describedDump, dumpFiles } from '../test/helpers/dump_samples.ts'
import { backupFolder } from '../test/helpers/samples.ts'
import { tempFolder } from '../test/helpers/temp_folder.ts'
import { findBackup, findDump, listDumps, openBackup } from './catalog.ts'
import { dumpNames, formatOf, isDumpId } from './dump.ts'

const stamp = '2026-01-31T12-00-00Z'

describe('names', () => {
  test.each([
    [`shop_dev_${stamp}`, true],
    [`a%20b~12345678_x_${stamp}`, true],
    [`shop_dev_${stamp}.dump`, false],
    ['cluster_backup_20260131_120000', false],
    ['shop', false],
  ])('%s is an id: %s', (name, is) => expect(isDumpId(name)).toBe(is))

  test('what lies beside a dump is none, and a description without its dump is one', () => {
    const id = `shop_dev_${stamp}`
    const beside = [`${id}.metadata.json`, `${id}.verified.json`, `${id}.roles.sql`, 'history.jsonl', '.lock']
    expect(dumpNames([`${id}.dump`, ...beside])).toEqual([`${id}.dump`])
    expect(dumpNames(beside)).toEqual([id])
    expect(dumpNames(['theirs.metadata.json', 'notes.txt', 'x.sql.bz2'])).toEqual([])
    const theirs = ['a.dump', 'b.sql', 'c.sql.gz', 'd.sql.zst', 'e.sql.lz4']
    expect(dumpNames([...theirs, 'a.dump.verified.json'])).toEqual(theirs)
  })
})

describe('the format is what the file begins with', () => {
  const tar = Buffer.alloc(512)
  tar.write('toc.dat')
  tar.write('ustar', 257)
  test.each<[string, string | Buffer, string | undefined]>([
    ['x', 'PGDMP\x01', 'custom'],
    ['x.sql', 'PGDMP\x01', 'custom'],
    ['x', tar, 'tar'],
    ['x', '--\n-- PostgreSQL database dump\n--\n', 'plain'],
    ['x', '--\n-- PostgreSQL database cluster dump\n--\n', 'plain'],
    ['x.sql', 'SELECT 1;', 'plain'],
    ['x.sql.gz', '', 'plain'],
    ['x.dump', '', 'custom'],
    ['x', 'hello', undefined],
  ])('%s, %j', async (name, content, format) => {
    const path = join(await tempFolder(), name)
    await writeFile(path, content)
    expect(await formatOf(path)).toBe(format)
  })

  test('a folder is one by its table of contents', async () => {
    const path = join(await tempFolder(), 'x.dump')
    await mkdir(path)
    expect(await formatOf(path)).toBeUndefined()
    await writeFile(join(path, 'toc.dat'), '')
    expect(await formatOf(path)).toBe('directory')
  })
})

describe('the list', () => {
  test('has ours with their metadata, and others with the words that they have', async () => {
    const folder = await tempFolder()
    const { id } = await describedDump(folder, 'shop')
    await writeFile(join(folder, 'theirs.sql.gz'), 'x')
    const [ours, theirs] = (await listDumps(folder)).sort((a, b) => (a.id < b.id ? -1 : 1))
    expect(ours).toMatchObject({ id, kind: 'dump', format: 'custom', metadata: { database_name: 'shop' } })
    expect(ours?.damage).toBeUndefined()
    expect(theirs).toMatchObject({ id: 'theirs.sql.gz', format: 'plain', bytes: 1 })
    expect([theirs?.metadata, theirs?.damage]).toEqual([undefined, undefined])
  })

  test('a dump of which something is gone is in it all the same, and says what', async () => {
    const folder = await tempFolder()
    const one = await describedDump(folder, 'one')
    const two = await describedDump(folder, 'two')
    await rm(one.file)
    await rm(two.metadata)
    const found = Object.fromEntries((await listDumps(folder)).map(({ id, damage }) => [id, damage]))
    expect(found).toEqual({ [one.id]: 'its dump is missing', [two.id]: 'its metadata.json is missing' })
  })

  test('a description that was changed is not believed', async () => {
    const folder = await tempFolder()
    const { metadata } = await describedDump(folder, 'shop')
    await writeFile(metadata, '{"kind": "dump"}')
    expect((await listDumps(folder))[0]?.damage).toMatch(/cannot be trusted: its digest does not match/)
  })

  test('what is being written is none yet', async () => {
    const folder = await tempFolder()
    await writeFile(join(folder, `shop_dev_${stamp}.dump.partial`), 'PGDMP')
    await writeFile(join(folder, `shop_dev_${stamp}.metadata.json.partial`), '{}')
    expect(await listDumps(folder)).toEqual([])
  })
})

describe('which one is meant', () => {
  test('the latest of “app” is never one of “app_staging”', async () => {
    const folder = await tempFolder()
    const app = await describedDump(folder, 'app', '2026-01-10T00:00:00.000Z')
    const staging = await describedDump(folder, 'app_staging', '2026-01-20T00:00:00.000Z')
    await writeFile(join(folder, 'app_x.dump'), 'PGDMP')
    expect((await findDump(folder, 'latest', 'app')).id).toBe(app.id)
    expect((await findDump(folder, 'latest', 'app_staging')).id).toBe(staging.id)
    await expect(findDump(folder, 'latest', 'ap')).rejects.toThrow(
      'There is no dump “latest” of database “ap”',
    )
  })

  test('by the beginning of its id, where that is one; by its file’s name, and by its path', async () => {
    const folder = await tempFolder()
    const app = await describedDump(folder, 'app', '2026-01-10T00:00:00.000Z')
    const staging = await describedDump(folder, 'app_staging', '2026-01-20T00:00:00.000Z')
    for (const name of ['app_st', staging.id, `${staging.id}.dump`, staging.file])
      expect((await findDump(folder, name)).id).toBe(staging.id)
    await expect(findDump(folder, 'app')).rejects.toMatchObject({
      kind: 'usage',
      message: '“app” fits 2 backups.',
      why: `${staging.id}\n${app.id}`,
    })
    await expect(findDump(folder, 'nothing')).rejects.toThrow('There is no dump “nothing”')
  })

  test('the latest dump is the one that counts as the newest, and is whole', async () => {
    const folder = await tempFolder()
    await expect(findDump(folder, 'latest')).rejects.toMatchObject({ hint: 'make dump DB=… makes one.' })
    const old = await describedDump(folder, 'app', '2026-01-10T00:00:00.000Z')
    const ahead = await describedDump(folder, 'app', '2026-03-01T00:00:00.000Z')
    const setBack = await describedDump(folder, 'app', '2026-01-20T00:00:00.000Z', {
      ordered_at: '2026-03-01T00:00:00.001Z',
    })
    expect((await findDump(folder, 'latest')).id).toBe(setBack.id)
    await rm(setBack.file)
    expect((await findDump(folder, 'latest')).id).toBe(ahead.id)
    await rm(ahead.metadata)
    expect((await findDump(folder, 'latest', 'app')).id).toBe(old.id)
  })

  test('a physical backup is not taken for a dump', async () => {
    const folder = await tempFolder()
    const { id } = await backupFolder(folder)
    await expect(findDump(folder, id)).rejects.toThrow(
      `${id} is a backup of the whole cluster, not a dump of one database.`,
    )
    await expect(findDump(folder, 'latest')).rejects.toThrow('There is no dump “latest”')
    expect((await findBackup(folder, 'latest')).id).toBe(id)
  })

  test('a companion is no dump by its path either', async () => {
    const folder = await tempFolder()
    const { id, metadata } = await describedDump(folder, 'app')
    await writeFile(join(folder, `${id}.roles.sql`), '')
    expect(await openBackup(metadata)).toBeUndefined()
    expect((await openBackup(join(folder, id)))?.path).toBe(join(folder, dumpFiles(id).dump))
  })
})

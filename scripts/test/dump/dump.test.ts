import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sha256File } from '../../catalog/hash.ts'
import { checksumOf, type DumpMetadata, openMetadata } from '../../catalog/metadata.ts'
import { algorithm, sqlEnding } from '../helpers/dumping.ts'
import { major, noTimescale } from '../helpers/place.ts'
import { historyOf } from '../helpers/saving.ts'
import { watched } from '../helpers/secret_watch.ts'
import { Toolkit } from '../helpers/toolkit.ts'

/** Letters and digits only: they look the same in JSON, in a URL and in a passfile. */
const password = 'OpenSesame4711dump'

let toolkit: Toolkit
let hash: string
beforeAll(async () => {
  toolkit = await Toolkit.create()
  await toolkit.startDatabase()
  await toolkit.sql(`CREATE ROLE dumper SUPERUSER LOGIN PASSWORD '${password}'; CREATE ROLE seller; CREATE ROLE buyer;
    CREATE ROLE watcher; CREATE ROLE stranger`)
  await toolkit.sql('CREATE DATABASE shop')
  await toolkit.sql(
    `${noTimescale ? '' : 'CREATE EXTENSION IF NOT EXISTS timescaledb;'} CREATE EXTENSION pg_trgm;
     CREATE TABLE orders (id int PRIMARY KEY, note text); ALTER TABLE orders OWNER TO seller;
     INSERT INTO orders SELECT n, 'order ' || n FROM generate_series(1, 1000) n;
     CREATE TABLE nothing (); GRANT SELECT ON orders TO buyer;
     ALTER TABLE orders ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON orders TO watcher USING (true);`,
    'shop',
  )
  const [{ rolpassword }] = await toolkit.sql(`SELECT rolpassword FROM pg_authid WHERE rolname = 'dumper'`)
  hash = rolpassword
  await writeFile(join(toolkit.home, 'password'), password, { mode: 0o600 })
})
afterAll(() => toolkit.dispose())

const dump = async (...args: string[]): Promise<DumpMetadata> =>
  (await toolkit.json('dump.ts', ['--db', 'shop', ...args])).metadata

const filesIn = async (): Promise<string[]> =>
  (await readdir(toolkit.backupsDir)).filter(name => name !== '.lock' && name !== 'history.jsonl')

describe('a dump', () => {
  test.each<[string, string[], RegExp, string]>([
    ['custom', [], /\.dump$/, algorithm],
    ['directory', ['--format', 'directory', '--jobs', '2'], /\.dump$/, algorithm],
    ['plain', ['--format', 'plain'], /\.sql$/, 'none'],
    ['plain and compressed', ['--format', 'plain', '--compress', algorithm], /\.sql\.(zst|gz)$/, algorithm],
  ])(
    '%s: described, for its owner alone, listed, verified and deleted',
    async (name, args, ending, compression) => {
      const { id } = await dump('--label', "it's", ...args)
      const text = await readFile(join(toolkit.backupsDir, `${id}.metadata.json`), 'utf8')
      const metadata = openMetadata(text) as DumpMetadata
      const format = name.split(' ')[0]
      expect(metadata).toMatchObject({
        ...{
          kind: 'dump',
          type: 'full',
          parent_id: null,
          label: "it's",
          environment: 'dev',
          format,
          encryption: null,
        },
        ...{ database_name: 'shop', roles_file: null, compression: { algorithm: compression } },
        table_counts: { 'public.nothing': 0, 'public.orders': 1000 },
        selection: { tables: [], exclude_tables: [], schemas: [], only: null, privileges: true },
        verified: { level: 'deep', result: 'ok' },
        tool_versions: { pg_dump: metadata.pg_dump_version },
      })
      expect(metadata.backup_file).toMatch(ending)
      expect(metadata.pg_dump_version).toMatch(new RegExp(`^${major}\\.`))
      expect(metadata.postgresql_version).toMatch(new RegExp(`^${major}\\.`))
      expect(metadata.extensions.map(e => e.name)).toEqual([
        'pg_trgm',
        ...(noTimescale ? [] : ['timescaledb']),
      ])
      expect(metadata.server.timescaledb).toHaveLength(noTimescale ? 0 : 1)
      expect(metadata.roles).toEqual(
        expect.arrayContaining([
          { name: 'seller', as: ['owner'] },
          { name: 'buyer', as: ['privileges'] },
          { name: 'watcher', as: ['policy'] },
        ]),
      )
      expect(metadata.roles.map(role => role.name)).not.toContain('stranger')
      expect(metadata.database_size_bytes).toBeGreaterThan(1_000_000)
      expect(metadata.contents.rows).toBeGreaterThanOrEqual(1000)
      if (format === 'plain') expect(metadata.contents.entries).toBeNull()
      else expect(metadata.contents.entries).toBeGreaterThan(5)
      expect(metadata.inventory.objects.tables ?? []).toEqual(expect.arrayContaining(['public.orders']))

      for (const file of metadata.files)
        expect(await sha256File(join(toolkit.backupsDir, file.name))).toBe(file.sha256)
      expect(metadata.checksum_sha256).toBe(checksumOf(metadata.files))
      expect(metadata.backup_size_bytes).toBe(metadata.files.reduce((sum, { bytes }) => sum + bytes, 0))
      if (format === 'directory') expect(metadata.files.length).toBeGreaterThan(2)

      const modes = await toolkit.asRoot(`cd '${toolkit.backupsDir}' && find . -printf '%m %y %P\\n'`)
      const loose = modes.split('\n').filter(line => !/^(600 f|700 d) /.test(line))
      expect(loose).toEqual([])

      const { backups } = await toolkit.json('db_backup.ts', ['list'])
      expect(backups).toMatchObject([
        {
          id,
          kind: 'dump',
          format,
          database_name: 'shop',
          damage: null,
          foreign: false,
          verified: { result: 'ok' },
        },
      ])
      const verified = await toolkit.json('db_backup.ts', ['verify', 'shop'])
      expect(verified).toMatchObject([{ id, result: 'ok', level: 'deep', problems: [], notes: [] }])
      expect(await toolkit.json('db_backup.ts', ['delete', id, '--yes'])).toMatchObject({ id, deleted: true })
      expect(await filesIn()).toEqual([])
    },
  )
})

test('GLOBALS=1: roles with their hashes in a file of their own, and neither them nor a password elsewhere', async () => {
  let printed = ''
  const env = { PGUSER: 'dumper', PGPASSWORD: '', PGPASSWORD_FILE: join(toolkit.home, 'password') }
  const watch = await watched([password, hash], toolkit.home, async () => {
    const { stdout, stderr } = await toolkit.ok(
      'dump.ts',
      ['--db', 'shop', '--globals', '--json', '--verbose'],
      { env },
    )
    printed = stdout + stderr
  })
  const { metadata }: { metadata: DumpMetadata } = JSON.parse(
    printed.slice(printed.indexOf('{\n'), printed.lastIndexOf('\n}') + 2),
  )
  expect(metadata.roles_file).toBe(`${metadata.id}.roles.sql`)
  expect(metadata.files.map(({ name }) => name)).toEqual([metadata.backup_file, metadata.roles_file])
  const roles = join(toolkit.backupsDir, metadata.roles_file ?? '')
  expect(await readFile(roles, 'utf8')).toContain(hash)
  expect([...watch.programs]).toEqual(expect.arrayContaining(['pg_dump', 'pg_dumpall']))
  expect(watch.leaks).toEqual([])
  expect([password, hash].filter(secret => printed.includes(secret))).toEqual([])
  const found = await toolkit.asRoot(
    `cd '${toolkit.backupsDir}'; grep -rlF -e '${password}' -e '${hash}' . || true`,
  )
  expect(found).toBe(`./${metadata.roles_file}`)
  await toolkit.ok('db_backup.ts', ['delete', metadata.id, '--yes'])
  expect(await filesIn()).toEqual([])
})

test('DRY_RUN=1 says what would be done, and makes nothing', async () => {
  const run = await toolkit.ok('dump.ts', [
    '--db',
    'shop',
    '--dry-run',
    '--format',
    'plain',
    '--compress',
    algorithm,
  ])
  expect(run.stdout).toMatch(/^Would dump as shop_dev_[\s\S]*pg_dump\n {4}--format=plain/)
  expect(run.stdout).toContain(`${sqlEnding}.partial`)
  expect(await filesIn()).toEqual([])
  expect((await historyOf(toolkit)).filter(({ command }) => command === 'dump')).toHaveLength(5)
})

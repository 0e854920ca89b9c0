import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DumpMetadata } from '../../catalog/metadata.ts'
import { ended, flipOneBit, outcome } from '../helpers/cluster.ts'
import { noTimescale } from '../helpers/place.ts'
import { databases, dump, makeDatabase, restore, withMetadata } from '../helpers/restoring.ts'
import { soak, whyNotNow } from '../helpers/soak.ts'
import { Toolkit } from '../helpers/toolkit.ts'

/** What does not fit is found before anything is changed. */
let toolkit: Toolkit
let id: string
const there = ['shop', 'toolkit_restoring_theirs']
beforeAll(async () => {
  toolkit = await Toolkit.create()
  await toolkit.startDatabase()
  await toolkit.sql('CREATE ROLE keeper; CREATE ROLE reader; CREATE ROLE maker LOGIN CREATEDB')
  await toolkit.sql(`ALTER ROLE maker PASSWORD 'm'`)
  await makeDatabase(toolkit, 'shop', [
    'CREATE TABLE t AS SELECT generate_series(1, 3) AS n',
    'ALTER TABLE t OWNER TO keeper',
    'GRANT SELECT ON t TO reader',
  ])
  await makeDatabase(toolkit, 'toolkit_restoring_theirs')
  id = await dump(toolkit, 'shop')
})
afterAll(() => toolkit.dispose())

async function expectRefused(code: number, words: RegExp, ...args: string[]): Promise<void> {
  const run = await restore(toolkit, id, ['--target-db', 'none', ...args])
  expect(outcome(run)).toMatch(ended(code))
  expect(run.stderr).toMatch(words)
  expect(await databases(toolkit)).toEqual(there)
}

describe('the dump asks for what the server has not: exit 5, all of it at once', () => {
  const lacking: [string, (metadata: DumpMetadata) => void, RegExp][] = [
    [
      'roles, an extension, a tablespace',
      m => {
        m.roles.push({ name: 'gone "1"', as: ['owner'] })
        m.extensions.push({ name: 'nowhere', version: '1', schema: 'public' })
        m.tablespaces.push('fast')
      },
      /Nothing was changed[\s\S]*role “gone "1"” does not exist[\s\S]*extension “nowhere” is not installed[\s\S]*tablespace “fast” does not exist[\s\S]*CREATE ROLE "gone ""1""";[\s\S]*NO_OWNER=1[\s\S]*NO_TABLESPACES=1/,
    ],
    [
      'a newer server',
      m => {
        m.postgresql_version = '99.1'
      },
      /is of PostgreSQL 99, the server is \d+/,
    ],
    [
      'TimescaleDB of another version',
      m => {
        m.extensions = [{ name: 'timescaledb', version: '9.9.9', schema: 'public' }]
      },
      /TimescaleDB 9\.9\.9 is not installed|extension “timescaledb” is not installed/,
    ],
  ]
  test.each(lacking)('%s', (_, change, words) =>
    withMetadata(toolkit, id, change, () => expectRefused(5, words)),
  )

  test('a role without CREATEDB: exit 1', async () => {
    await toolkit.sql('ALTER ROLE maker NOCREATEDB')
    const run = await restore(toolkit, id, ['--target-db', 'none'], {
      env: { PGUSER: 'maker', PGPASSWORD: 'm' },
    })
    expect(outcome(run)).toMatch(ended(1))
    expect(run.stderr).toMatch(/Role “maker” may not make databases[\s\S]*ALTER ROLE "maker" CREATEDB/)
    await toolkit.sql('ALTER ROLE maker CREATEDB')
  })

  test.skipIf(noTimescale)(
    `not a superuser, and TimescaleDB: exit 1${noTimescale ? ' (not run: this server has no TimescaleDB)' : ''}`,
    () =>
      withMetadata(
        toolkit,
        id,
        m => {
          m.extensions = [{ name: 'timescaledb', version: '2', schema: 'public' }]
        },
        async () => {
          const run = await restore(toolkit, id, ['--target-db', 'none'], {
            env: { PGUSER: 'maker', PGPASSWORD: 'm' },
          })
          expect(outcome(run)).toMatch(ended(1))
          expect(run.stderr).toMatch(/that takes a superuser/)
        },
      ),
  )

  test('too little room: exit 2', () =>
    withMetadata(
      toolkit,
      id,
      m => {
        m.database_size_bytes = 2 ** 50
      },
      () => expectRefused(2, /Not enough space for the database.* Nothing was changed/),
    ))
})

test('the file was damaged, or cut off: exit 3', async () => {
  const path = join(toolkit.backupsDir, `${id}.dump`)
  const before = await readFile(path)
  await flipOneBit(path)
  await expectRefused(3, /is damaged. Nothing was changed[\s\S]*its content changed/)
  await writeFile(path, before.subarray(0, before.length - 10))
  await expectRefused(3, /bytes instead of/)
  await writeFile(path, before)
})

test('a database under the name that is used until the end, and not ours: exit 4, it is left alone', async () => {
  await expectRefused(
    4,
    /toolkit_restoring_theirs”, and nothing says that the toolkit may drop it/,
    '--target-db',
    'theirs',
  )
})

test.skipIf(!soak)(
  `roles and tablespaces that are not there, and are left out: restored${whyNotNow}`,
  async () => {
    await toolkit.sql('REASSIGN OWNED BY keeper TO postgres; DROP OWNED BY keeper, reader', 'shop')
    await toolkit.sql('DROP ROLE keeper, reader')
    await expectRefused(5, /role “keeper” does not exist\s+role “reader” does not exist/)
    await expectRefused(5, /role “reader” does not exist/, '--no-owner')
    await withMetadata(
      toolkit,
      id,
      m => {
        m.tablespaces.push('fast')
      },
      async () => {
        const without = ['--no-owner', '--no-acl', '--no-tablespaces']
        expect(outcome(await restore(toolkit, id, ['--target-db', 'free', ...without]))).toMatch(ended(0))
      },
    )
    const owners = await toolkit.sql(`SELECT tableowner FROM pg_tables WHERE tablename = 't'`, 'free')
    expect(owners).toEqual([{ tableowner: 'postgres' }])
  },
)

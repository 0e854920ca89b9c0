import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DumpMetadata } from '../../catalog/metadata.ts'
import { clientProgram, ended, outcome } from '../helpers/cluster.ts'
import { databases, dump, makeDatabase, restore, withMetadata } from '../helpers/restoring.ts'
import { soak } from '../helpers/soak.ts'
import { Toolkit } from '../helpers/toolkit.ts'

/** What pg_restore does not bring back is found before the new database has its name. */
let toolkit: Toolkit
let id: string
beforeAll(async () => {
  toolkit = await Toolkit.create()
  await toolkit.startDatabase()
  await makeDatabase(toolkit, 'shop', [
    'CREATE TABLE t AS SELECT generate_series(1, 3) AS n',
    'CREATE INDEX by_n ON t (n)',
  ])
  id = await dump(toolkit, 'shop')
  await toolkit.sql('INSERT INTO t VALUES (4)', 'shop')
})
afterAll(() => toolkit.dispose())

describe('exit 3, with what is missing; the former as it was, nothing left', () => {
  const cases: [string, (metadata: DumpMetadata) => void, RegExp][] = [
    [
      'a row, and a table',
      m => {
        m.table_counts = { 'public.t': 4, 'public.u': 0 }
      },
      /table public\.u is missing\s+table public\.t has 3 rows instead of 4/,
    ],
    [
      'an index, and the value of a sequence',
      m => {
        m.inventory.objects.indexes?.push('public.by_m')
        m.inventory.objects.sequences?.push('public.s')
        m.inventory.sequences['public.s'] = { last_value: '7', increment: '1', cycle: false }
      },
      /index public\.by_m is missing[\s\S]*sequence public\.s is missing|sequence public\.s is missing[\s\S]*index public\.by_m is missing/,
    ],
  ]
  test.each(cases)('%s', async (_, change, words) => {
    const run = await withMetadata(toolkit, id, change, () =>
      restore(toolkit, id, ['--if-exists', 'replace', '--yes']),
    )
    expect(outcome(run)).toMatch(ended(3))
    expect(run.stderr).toMatch(words)
    expect(run.stderr).toMatch(/It was dropped; every other database is as it was/)
    expect(await databases(toolkit)).toEqual(['shop'])
    expect(await toolkit.sql('SELECT count(*)::int AS n FROM t', 'shop')).toEqual([{ n: 4 }])
  })
})

describe('a dump that is not ours', () => {
  test('by pg_dump, without metadata: restored, and said that nothing could be compared', async () => {
    for (const format of [...(soak ? ['custom'] : []), 'tar', 'plain']) {
      const path = join(toolkit.home, `theirs.${format === 'plain' ? 'sql' : 'dump'}`)
      const where = ['-h', '127.0.0.1', '-p', String(toolkit.port), '-U', 'postgres', '-d', 'shop']
      await clientProgram(toolkit, toolkit.password, 'pg_dump', ...where, `-F${format.charAt(0)}`, '-f', path)
      const run = await restore(toolkit, path, ['--target-db', format])
      expect(outcome(run)).toMatch(ended(0))
      expect(run.stdout).toMatch(
        /note: there is no metadata\.json: the tables were counted, and compared with nothing/,
      )
      expect(await toolkit.sql('SELECT count(*)::int AS n FROM t', format)).toEqual([{ n: 4 }])
    }
    const nowhere = await restore(toolkit, join(toolkit.home, 'theirs.sql'))
    expect(outcome(nowhere)).toMatch(ended(4))
    expect(nowhere.stderr).toMatch(/Into which database\?/)
  })

  test('plain SQL with a statement that fails, or cut off: nothing is left', async () => {
    const path = join(toolkit.home, 'theirs.sql')
    const sql = await readFile(path, 'utf8')
    await writeFile(path, sql.replace('CREATE INDEX', 'CRAETE INDEX'))
    const wrong = await restore(toolkit, path, ['--target-db', 'none'])
    expect(outcome(wrong)).toMatch(ended(8))
    expect(wrong.stderr).toMatch(/syntax error at or near "CRAETE"/)
    await writeFile(path, sql.slice(0, sql.indexOf('CREATE INDEX')))
    const cut = await restore(toolkit, path, ['--target-db', 'none'])
    expect(outcome(cut)).toMatch(ended(3))
    expect(await databases(toolkit)).not.toContain('none')
  })
})

test('a locale that the server does not have: that of the server, and a warning', async () => {
  const run = await withMetadata(
    toolkit,
    id,
    m => {
      m.database.collate = 'xx_XX.utf8'
    },
    () => restore(toolkit, id, ['--target-db', 'sorted']),
  )
  expect(outcome(run)).toMatch(ended(0))
  expect(run.stderr).toMatch(/no locale “xx_XX\.utf8”: the database gets that of the server/)
})

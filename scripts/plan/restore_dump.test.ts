import { describe, expect, test } from 'vitest'
import type { DumpMetadata } from '../catalog/metadata.ts'
import { createDatabase, planRestoreDump, type RestoreDumpInput, renameInSql } from './restore_dump.ts'

const table = '12; 1259 16400 TABLE public orders shop'
const rows = '13; 0 16400 TABLE DATA public orders shop'
const index = '14; 1259 16401 INDEX public by_n shop'
const key = '15; 2606 16402 FK CONSTRAINT public orders orders_customer_fkey shop'
const properties = '16; 0 0 DATABASE PROPERTIES shop shop'
const plain = [table, rows, index, key, properties]
const extension = '20; 3079 16500 EXTENSION - timescaledb '
const comment = '21; 0 0 COMMENT - EXTENSION timescaledb '
const catalog = '22; 0 16501 TABLE DATA _timescaledb_catalog hypertable postgres'
const sequence = '23; 0 16502 SEQUENCE SET _timescaledb_catalog hypertable_id_seq postgres'
const chunk = '24; 0 16503 TABLE DATA _timescaledb_internal _hyper_1_1_chunk shop'
const packed = '25; 0 16504 TABLE DATA _timescaledb_internal compress_hyper_2_2_chunk shop'
const timescale = [extension, comment, ...plain, catalog, sequence, chunk, packed]

const input = (more: Partial<RestoreDumpInput> = {}): RestoreDumpInput => ({
  source: { id: 'shop_dev_2024-05-01T03-00-00Z', path: '/b/shop.dump', format: 'custom' },
  metadata: undefined,
  settings: {
    ...{ jobs: 4, noOwner: false, noAcl: false, noTablespaces: false, only: undefined, ifExists: 'fail' },
  },
  entries: plain,
  target: 'shop',
  targetExists: false,
  timescaledb: undefined,
  now: new Date('2024-05-02T10:11:12Z'),
  ...more,
})
const begin = ['pg_restore', '--exit-on-error', '--no-password']

describe('the passes of pg_restore', () => {
  const plan = (more: Partial<RestoreDumpInput>) => {
    const { definitions, catalog, rest, foreignKeys } = planRestoreDump(input(more))
    return [definitions, catalog, rest, foreignKeys].map(passes =>
      passes.map(({ argv, entries }) => ({ argv, entries })),
    )
  }
  const own = [table, rows, index, key]

  test.each(['custom', 'directory'] as const)('%s: in parallel, foreign keys last', format => {
    expect(plan({ source: { id: 'd', path: '/b/d', format } })).toEqual([
      [{ argv: [...begin, '--section=pre-data'], entries: own }],
      [],
      [
        {
          argv: [...begin, '--section=data', '--section=post-data', '--jobs=4'],
          entries: [table, rows, index],
        },
      ],
      [{ argv: [...begin, '--section=post-data', '--jobs=4'], entries: [key] }],
    ])
  })

  test('tar: one after the other', () => {
    const all = plan({ source: { id: 'd', path: '/b/d', format: 'tar' } }).flat()
    expect(all.flatMap(({ argv }) => argv).filter(word => word.startsWith('--jobs'))).toEqual([])
  })

  test('plain SQL: none', () => {
    const source = { id: 'd', path: '/b/d', format: 'plain' } as const
    expect(plan({ source, entries: [] })).toEqual([[], [], [], []])
  })

  test('with TimescaleDB its catalog comes before other rows, alone; the extension was made before', () => {
    const theirs = [...own, catalog, sequence, chunk, packed]
    const others = [table, rows, index, chunk, packed]
    expect(plan({ entries: timescale, timescaledb: { version: '2.21.0', schema: 'public' } })).toEqual([
      [{ argv: [...begin, '--section=pre-data'], entries: theirs }],
      [{ argv: [...begin, '--section=data'], entries: [catalog, sequence] }],
      [{ argv: [...begin, '--section=data', '--section=post-data', '--jobs=4'], entries: others }],
      [{ argv: [...begin, '--section=post-data', '--jobs=4'], entries: [key] }],
    ])
  })

  test('what is left out; without rows', () => {
    const settings = { ...input().settings, noOwner: true, noAcl: true, noTablespaces: true }
    const [[first] = []] = plan({ settings })
    expect(first?.argv).toEqual([
      ...[...begin, '--no-owner', '--no-privileges', '--no-tablespaces', '--section=pre-data'],
    ])
    const only = { ...input().settings, only: 'schema' } as const
    const [, none, [rest] = []] = plan({ settings: only, timescaledb: { version: '', schema: '' } })
    expect([none, rest?.argv]).toEqual([[], [...begin, '--section=post-data', '--jobs=4']])
  })
})

describe('names', () => {
  const names = (more: Partial<RestoreDumpInput>) => {
    const { database, staging, former } = planRestoreDump(input(more))
    return { database, staging, former }
  }
  const settings = (ifExists: 'new' | 'replace') => ({ ...input().settings, ifExists })

  test.each<[string, Partial<RestoreDumpInput>, string, string | null]>([
    ['nothing there', {}, 'shop', null],
    ['nothing there, new', { settings: settings('new') }, 'shop', null],
    ['new', { settings: settings('new'), targetExists: true }, 'shop_restored_20240502_101112', null],
    [
      'replace',
      { settings: settings('replace'), targetExists: true },
      'shop',
      'shop_before_restore_20240502_101112',
    ],
  ])('%s', (_, more, database, former) => {
    expect(names(more)).toEqual({ database, staging: 'toolkit_restoring_shop', former })
  })
})

describe('CREATE DATABASE', () => {
  const libc: DumpMetadata['database'] = {
    ...{ owner: 'o', encoding: 'UTF8', provider: 'libc', collate: 'de_DE.utf8', ctype: "C'" },
    ...{ locale: null, icu_rules: null },
  }
  const begin = 'CREATE DATABASE "a""b" TEMPLATE template0'
  const both = `ENCODING 'UTF8' LC_COLLATE 'de_DE.utf8' LC_CTYPE 'C'''`
  test.each<[string, DumpMetadata['database'] | undefined, { major: number; fallback?: boolean }, string]>([
    ['of which nothing is known', undefined, { major: 17 }, begin],
    ['libc', libc, { major: 17 }, `${begin} ${both} LOCALE_PROVIDER libc`],
    ['libc, before 15', libc, { major: 14 }, `${begin} ${both}`],
    [
      'icu',
      { ...libc, provider: 'icu', locale: 'de', icu_rules: '&a < b' },
      { major: 16 },
      `${begin} ${both} LOCALE_PROVIDER icu ICU_LOCALE 'de' ICU_RULES '&a < b'`,
    ],
    [
      'icu, before 16',
      { ...libc, provider: 'icu', locale: 'de', icu_rules: '&a < b' },
      { major: 15 },
      `${begin} ${both} LOCALE_PROVIDER icu ICU_LOCALE 'de'`,
    ],
    [
      'builtin',
      { ...libc, provider: 'builtin', locale: 'C.UTF-8' },
      { major: 17 },
      `${begin} ${both} LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'`,
    ],
    ['a locale that is not there', libc, { major: 17, fallback: true }, `${begin} ENCODING 'UTF8'`],
  ])('%s', (_, database, options, sql) => {
    expect(createDatabase('a"b', database, options)).toBe(sql)
  })
})

describe('statements about the database itself, under its new name', () => {
  test.each([
    ['shop', "ALTER DATABASE shop SET work_mem TO '5MB';", 'ALTER DATABASE "new" SET work_mem TO \'5MB\';'],
    ['a"b', 'ALTER DATABASE "a""b" SET x.y TO \'a"b\';', 'ALTER DATABASE "new" SET x.y TO \'a"b\';'],
    [
      'shop',
      'ALTER ROLE "the ""boss""" IN DATABASE shop SET a TO b;',
      'ALTER ROLE "the ""boss""" IN DATABASE "new" SET a TO b;',
    ],
    ['shop', "COMMENT ON DATABASE shop IS 'of shop';", 'COMMENT ON DATABASE "new" IS \'of shop\';'],
    [
      'shop',
      'REVOKE CONNECT,TEMPORARY ON DATABASE shop FROM PUBLIC;',
      'REVOKE CONNECT,TEMPORARY ON DATABASE "new" FROM PUBLIC;',
    ],
    ['shop', 'GRANT ALL ON DATABASE shop TO shop;', 'GRANT ALL ON DATABASE "new" TO shop;'],
    ['shop', 'ALTER DATABASE shop_2 SET a TO b;', 'ALTER DATABASE shop_2 SET a TO b;'],
    ['Shop', 'ALTER DATABASE shop SET a TO b;', 'ALTER DATABASE shop SET a TO b;'],
  ])('of %s: %s', (from, sql, expected) => {
    expect(renameInSql(sql, from, 'new')).toBe(expected)
  })
})

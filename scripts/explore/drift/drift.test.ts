import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  columnOf,
  foreignKeyTo,
  indexOf,
  primaryKeyOf,
  relationOf,
  reportOf,
} from '../../test/helpers/report.ts'
import { arbitraryReport } from '../../test/helpers/report_arbitrary.ts'
import type { JobFacts, RoleFacts } from '../facts.ts'
import type { CheckOutcome, Finding, Index, Relation, Report } from '../report.ts'
import { type Drift, drift } from './drift.ts'
import { renderDrift } from './markdown.ts'

const id = 'public.station'
const station = (rest: Partial<Relation> = {}) => relationOf('public', 'station', rest)
const weekLater = { generated_at: '2026-11-27T10:00:00.000Z' }
const empty = { added: [], removed: [], changed: [], grew: [], unused: [], findings: { new: [], gone: [] } }
const changes = (older: Report, newer: Report): unknown[] =>
  drift(older, newer).changed.map(c => [c.what, c.name, c.aspect, c.from, c.to])

describe('drift', () => {
  test('a report does not differ from itself', () => {
    fc.assert(
      fc.property(arbitraryReport, report => {
        expect(drift(report, report)).toMatchObject(empty)
      }),
    )
  })

  test('backwards it is the same, the other way round', () => {
    fc.assert(
      fc.property(arbitraryReport, arbitraryReport, (a, b) => {
        const [there, back] = [drift(a, b), drift(b, a)]
        expect(back.added).toEqual(there.removed)
        expect(back.removed).toEqual(there.added)
        expect(back.findings).toEqual({ new: there.findings.gone, gone: there.findings.new })
        const turned = back.changed.map(one => [one.relation, one.aspect, one.to, one.from].join())
        expect(turned.sort()).toEqual(
          there.changed.map(one => [one.relation, one.aspect, one.from, one.to].join()).sort(),
        )
      }),
    )
  })

  test('tells what is new and what is gone; a new table is told once, without its parts', () => {
    const older = reportOf([station({ columns: [columnOf('old')] }), relationOf('public', 'gone')])
    const newer = reportOf([
      station({
        columns: [columnOf('new')],
        indexes: [indexOf(id, 'i')],
        constraints: [primaryKeyOf('new')],
        policies: [
          { name: 'p', permissive: true, command: 'select', roles: ['public'], using: 'true', check: null },
        ],
        grants: [{ grantee: 'reader', privileges: ['SELECT'], grantable: false }],
      }),
      relationOf('public', 'fresh', { columns: [columnOf('a')], indexes: [indexOf('public.fresh', 'j')] }),
    ])
    const { added, removed } = drift(older, newer)
    expect(added.map(({ what, name }) => `${what} ${name}`)).toEqual([
      'table public.fresh',
      'column new',
      'grant reader',
      'index i',
      'primary key pkey',
      'row security policy p',
    ])
    expect(removed.map(({ what, name }) => `${what} ${name}`)).toEqual(['table public.gone', 'column old'])
  })

  test('a renamed table is one that is gone and one that is new', () => {
    const { added, removed } = drift(reportOf([station()]), reportOf([relationOf('public', 'stations')]))
    expect([removed[0]?.name, added[0]?.name]).toEqual(['public.station', 'public.stations'])
  })

  test('tells what changed of a table, its columns, keys, indexes and grants', () => {
    const grant = (...privileges: string[]) => [{ grantee: 'reader', privileges, grantable: false }]
    const older = station({
      columns: [columnOf('a', 'integer'), columnOf('b', 'text', { not_null: true, default: "'x'" })],
      constraints: [foreignKeyTo('public.b', 'a')],
      indexes: [indexOf(id, 'i')],
      grants: grant('SELECT'),
    })
    const newer = station({
      comment: 'Where it is measured',
      columns: [columnOf('a', 'bigint'), columnOf('b', 'text', { not_null: false })],
      constraints: [
        {
          ...foreignKeyTo('public.b', 'a'),
          definition: 'FOREIGN KEY (a) REFERENCES b(id) ON DELETE CASCADE',
        },
      ],
      indexes: [indexOf(id, 'i', { definition: 'CREATE INDEX i ON station (b)' })],
      grants: grant('INSERT', 'SELECT'),
    })
    expect(changes(reportOf([older]), reportOf([newer]))).toEqual([
      ['column', 'a', 'type', 'integer', 'bigint'],
      ['column', 'b', 'default', "'x'", null],
      ['column', 'b', 'null', 'not null', 'allowed'],
      [
        'foreign key',
        'a_fkey',
        'definition',
        'FOREIGN KEY (a) REFERENCES public.b(id)',
        'FOREIGN KEY (a) REFERENCES b(id) ON DELETE CASCADE',
      ],
      ['grant', 'reader', 'privileges', 'SELECT', 'INSERT, SELECT'],
      [
        'index',
        'i',
        'definition',
        'CREATE INDEX i ON public.station USING btree (id)',
        'CREATE INDEX i ON station (b)',
      ],
      ['table', id, 'comment', null, 'Where it is measured'],
    ])
  })

  test('tells what changed of hypertables, jobs, extensions, roles, functions and the server', () => {
    const hypertable = (interval: string, compression: boolean) =>
      station({
        kind: 'hypertable',
        hypertable: {
          dimensions: [{ column: 'time', kind: 'time', interval_text: interval }],
          compression_enabled: compression,
          segment_by: [],
          order_by: [],
          chunks: compression ? 9 : 1,
        } as never,
      })
    const job = {
      id: 1000,
      application: 'Retention Policy [1000]',
      kind: 'retention',
      hypertable: id,
      internal: false,
    }
    const jobs = (after: string) => [{ ...job, after, schedule_seconds: 86400, scheduled: true } as JobFacts]
    const role = { name: 'app', login: true, member_of: [] as string[] } as RoleFacts
    const routine = {
      id: 'public.f(integer)',
      kind: 'function',
      settings: [] as string[],
      arguments: 'x integer',
    }
    const extension = { name: 'timescaledb', schema: 'public', available: null, comment: null }
    const of = (version: string, after: string, table: Relation, superuser: boolean, body_md5: string) => {
      const { server } = reportOf([])
      return reportOf([table], {
        server: { ...server, version },
        timescaledb: { jobs: jobs(after), errors_visible: true },
        extensions: [{ ...extension, version }],
        roles: [{ ...role, superuser }],
        functions: [{ ...routine, body_md5 } as never],
      })
    }
    const older = of('1', '30 days', hypertable('7 days', false), false, 'aa')
    const newer = of('2', '60 days', hypertable('1 day', true), true, 'bb')
    expect(changes(older, newer)).toEqual([
      ['extension', 'timescaledb', 'version', '1', '2'],
      ['function', 'public.f(integer)', 'body (md5)', 'aa', 'bb'],
      ['role', 'app', 'superuser', 'no', 'yes'],
      ['server', '', 'PostgreSQL', '1', '2'],
      ['hypertable', id, 'chunk interval of time', '7 days', '1 day'],
      ['hypertable', id, 'compression', 'no', 'yes'],
      ['retention job', 'Retention Policy [1000]', 'after', '30 days', '60 days'],
    ])
  })

  test('tells what grew by a tenth and enough, the most first; and not where only one size is exact', () => {
    const of = (bytes: number[], rows: (number | null)[], exact = true) =>
      reportOf(
        bytes.map((total_bytes, at) =>
          relationOf('public', `t${at}`, { total_bytes, rows: rows[at] ?? null, sizes_exact: exact }),
        ),
      )
    const mega = 1024 ** 2
    const older = of([10 * mega, 100 * mega, mega / 2, 10 * mega], [1000, 1000, 0, null])
    const newer = of([12 * mega, 109 * mega, mega, 90 * mega], [1000, 1000, 20_000, 100_000])
    expect(drift(older, newer).grew).toEqual([
      { relation: 'public.t3', bytes: { from: 10 * mega, to: 90 * mega }, rows: null },
      { relation: 'public.t0', bytes: { from: 10 * mega, to: 12 * mega }, rows: { from: 1000, to: 1000 } },
      { relation: 'public.t2', bytes: { from: mega / 2, to: mega }, rows: { from: 0, to: 20_000 } },
    ])
    expect(drift(newer, older).grew).toEqual([])
    expect(drift(of([mega], [1]), of([90 * mega], [1], false)).grew).toEqual([])
  })
})

describe('what one report did not measure', () => {
  test('is not gone, and it is said', () => {
    const unseen = { not_measured: [{ what: 'indexes', why: 'A lock.' }] }
    const older = reportOf([station({ indexes: [indexOf(id, 'i')] })])
    const result = drift(older, reportOf([station()], unseen))
    expect(result).toMatchObject(empty)
    expect(result.not_compared[0]).toEqual({ what: 'indexes', why: 'Not measured now: A lock.' })
    expect(drift(reportOf([station()], unseen), older).not_compared[0]?.why).toBe(
      'Not measured in the older report: A lock.',
    )
  })

  test('of a view is not changed', () => {
    const view = (definition: string | null) => relationOf('public', 'v', { kind: 'view', definition })
    expect(changes(reportOf([view('SELECT 1')]), reportOf([view(null)]))).toEqual([])
    expect(changes(reportOf([view('SELECT 1')]), reportOf([view('SELECT 2')]))).toHaveLength(1)
  })

  const finding = {
    check: '0201',
    title: 'x',
    severity: 'notice',
    object: 'public.i',
    relation: id,
    sql: null,
  } as const
  const of = (outcome: CheckOutcome['outcome'], findings: Finding[] = []) =>
    reportOf([], { checks: [{ number: '0201', outcome } as CheckOutcome], findings })
  const found = of('found', [{ ...finding, reason: 'It takes 8 kB.' }])
  test.each<[string, Report, Report, number, number]>([
    ['a finding is new', of('passed'), found, 1, 0],
    ['a finding is gone', found, of('passed'), 0, 1],
    ['its figures change', found, of('found', [{ ...finding, reason: 'It takes 9 kB.' }]), 0, 0],
    ['it could not be assessed', found, of('not assessed'), 0, 0],
    ['it is switched off', found, of('off'), 0, 0],
    ['the check is new', reportOf([]), found, 0, 0],
    ['it does not apply any more', found, of('not applicable'), 0, 1],
  ])('is no finding that is new or gone: %s', (_, older, newer, fresh, gone) => {
    const { findings } = drift(older, newer)
    expect([findings.new.length, findings.gone.length]).toEqual([fresh, gone])
  })
})

describe('an index that is not used any more', () => {
  const of = (rest: Partial<Index>, more: Partial<Report> = {}) =>
    reportOf([station({ indexes: [indexOf(id, 'i', { scans: 5, ...rest })] })], more)
  test('is one whose scans stood still', () => {
    const { unused } = drift(of({}), of({}, weekLater))
    expect(unused).toEqual([{ index: 'public.i', relation: id, bytes: 8192, scans: 5, days: 7 }])
  })
  test.each<[string, Partial<Index>, Partial<Index>]>([
    ['was used', { scans: 5 }, { scans: 6 }],
    ['was never used', { scans: 0 }, { scans: 0 }],
    ['nobody counts', { scans: null }, { scans: null }],
    ['lost its counts with a chunk', { scans: 5 }, { scans: 4 }],
    ['is a constraint’s', { constraint: 'c' }, { constraint: 'c' }],
    ['is unique', { unique: true }, { unique: true }],
    ['is another one now', {}, { definition: 'CREATE INDEX i ON station (b)' }],
  ])('is not one that %s', (_, before, now) => {
    expect(drift(of(before), of(now, weekLater)).unused).toEqual([])
  })
  const { server } = reportOf([])
  test.each<[string, Partial<Report>]>([
    [
      'reset between',
      { ...weekLater, server: { ...server, statistics_since: '2026-11-25T00:00:00.000000Z' } },
    ],
    ['two servers', { ...weekLater, server: { ...server, in_recovery: true } }],
    ['less than a day', { generated_at: '2026-11-20T11:00:00.000Z' }],
  ])('is not looked for where the figures cannot tell: %s', (why, more) => {
    const { unused, not_compared } = drift(of({}), of({}, more))
    expect(unused).toEqual([])
    expect(not_compared).toEqual([{ what: 'unused indexes', why: expect.stringContaining(why) }])
  })
})

describe('drift as Markdown', () => {
  test('tells that nothing is different', () => {
    const report = reportOf([station()])
    expect(
      renderDrift(drift(report, report), new Set()),
    ).toBe(`## What is different since 2026-11-20 10:00 UTC

Health: 100 of 100 → 100 of 100.

Nothing is different that a report would show.`)
  })

  test('has a table for each kind of difference', () => {
    const older = reportOf([station({ columns: [columnOf('a')] })])
    const newer = reportOf([
      station({ columns: [columnOf('a', 'text')], total_bytes: 5 * 1024 ** 2 }),
      relationOf('public', 'v'),
    ])
    const text = renderDrift(drift(older, newer), new Set(newer.relations.map(({ id }) => id)))
    expect(text).toContain('| table | [public.v](#relation-public.v) |  |')
    expect(text).toContain(
      '| column | a | [public.station](#relation-public.station) | type | `integer` | `text` |',
    )
    expect(text).toContain('| [public.station](#relation-public.station) | 8.0kB | 5.0MB | 100 | 100 |')
  })

  test('what was removed has no place in the report that could be linked to', () => {
    const text = renderDrift(drift(reportOf([station()]), reportOf([])), new Set())
    expect(text).toContain('| table | public.station |  |')
  })

  test('no name breaks out of its cell, and no list is endless', () => {
    fc.assert(
      fc.property(arbitraryReport, arbitraryReport, (a, b) => {
        const lines = renderDrift(drift(a, b), new Set(b.relations.map(({ id }) => id))).split('\n')
        for (const line of lines) {
          expect(line).toMatch(/^(#|\||- \*\*|Health: |Nothing |$)/)
          // Outside of code.
          expect(line.replace(/(`+).*?\1/g, '')).not.toMatch(/<b>/)
        }
        const cells = (line: string): number => line.replaceAll('\\|', '').split('|').length
        for (const [at, line] of lines.entries())
          if (line.startsWith('|') && lines[at - 1]?.startsWith('|'))
            expect(cells(line)).toBe(cells(lines[at - 1] ?? ''))
      }),
    )
    const many = Array.from({ length: 1000 }, (_, at) => relationOf('public', `t${at}`))
    const text = renderDrift(drift(reportOf([]), reportOf(many)), new Set())
    expect(text.split('\n').length).toBeLessThan(220)
    expect(text).toContain('801 more lines in report.json.')
  })
})

test('drift of large reports is quick', () => {
  const of = (type: string) =>
    reportOf(
      Array.from({ length: 3000 }, (_, at) =>
        relationOf('public', `t${at}`, {
          columns: Array.from({ length: 10 }, (_, c) => columnOf(`c${c}`, type)),
          indexes: Array.from({ length: 10 }, (_, i) => indexOf(`public.t${at}`, `i${at}_${i}`)),
        }),
      ),
    )
  const [older, newer] = [of('integer'), of('bigint')]
  const started = performance.now()
  const result: Drift = drift(older, newer)
  expect(result.changed).toHaveLength(30_000)
  expect(performance.now() - started).toBeLessThan(5000)
})

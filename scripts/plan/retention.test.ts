import { describe, expect, test } from 'vitest'
import { applyRetention, type Kept, type RetentionRules } from './retention.ts'

const now = new Date('2026-11-20T12:00:00Z')
const rules: RetentionRules = { days: 30, daysOf: {}, daily: 0, weekly: 0, monthly: 0, yearly: 0, min: 1 }

/** A good backup of a cluster, so many days old, or of a moment. */
const kept = (id: string, age: number | string, changes: Partial<Kept> = {}): Kept => {
  const at = typeof age === 'number' ? new Date(now.getTime() - age * 86_400_000) : new Date(age)
  return {
    ...{
      id,
      at,
      order: at,
      kind: 'physical',
      type: 'full',
      database: null,
      cluster: '77',
      environment: 'dev',
    },
    ...{ bytes: 1, good: true, foreign: false, link: false, parent: null },
    ...changes,
  }
}
const dump = (id: string, age: number | string, changes: Partial<Kept> = {}): Kept =>
  kept(id, age, { kind: 'dump', database: 'app', ...changes })

/** `+` stays, `-` goes. */
const decided = (backups: Kept[], changes: Partial<RetentionRules> = {}): string[] =>
  applyRetention(backups, { ...rules, ...changes }, now).map(
    ({ id, action, reasons }) => `${action === 'keep' ? '+' : '-'} ${id}: ${reasons.join('; ')}`,
  )

const bad = { good: false } as const
const undescribed = { ...bad, environment: null, cluster: null } as const

test.each<[what: string, backups: Kept[], changes: Partial<RetentionRules>, expected: string[]]>([
  ['nothing', [], {}, []],
  [
    'by age',
    [kept('old', 40), kept('older', 50), kept('new', 1)],
    {},
    [
      '+ new: younger than 30 days; the newest good one of its cluster',
      '- older: older than 30 days',
      '- old: older than 30 days',
    ],
  ],
  [
    'to the millisecond',
    [kept('a', '2026-11-19T12:00:00.001Z'), kept('b', '2026-11-19T12:00:00Z')],
    { days: 1 },
    ['+ a: younger than 1 day; the newest good one of its cluster', '- b: older than 1 day'],
  ],
  ['the last one, however old', [dump('a', 400)], {}, ['+ a: the last good one of app']],
  [
    'a number of them, however old',
    [kept('a', 41), kept('b', 42), kept('c', 43)],
    { min: 2 },
    [
      '+ a: one of the 2 newest good ones of its cluster',
      '+ b: one of the 2 newest good ones of its cluster',
      '- c: older than 30 days',
    ],
  ],
  [
    'a number that makes no sense counts as one',
    [kept('a', 41), kept('b', 42)],
    { min: 0 },
    ['+ a: the newest good one of its cluster', '- b: older than 30 days'],
  ],
  [
    'each database, cluster, kind and environment by itself',
    [
      dump('app', 40),
      dump('app_staging', 41, { database: 'app_staging' }),
      dump('prod', 42, { environment: 'prod' }),
      dump('elsewhere', 43, { cluster: '78' }),
      kept('cluster', 44),
      kept('another', 45, { cluster: '78' }),
    ],
    {},
    [
      '+ app: the last good one of app',
      '+ app_staging: the last good one of app_staging',
      '+ prod: the last good one of app',
      '+ elsewhere: the last good one of app',
      '+ cluster: the last good one of its cluster',
      '+ another: the last good one of its cluster',
    ],
  ],
  [
    'days of each kind',
    [
      kept('full', 9),
      kept('full 2', 11),
      dump('dump', 3),
      dump('dump 2', 5),
      kept('incremental', 8, { type: 'incremental', parent: 'full' }),
      kept('differential', 8.5, { type: 'differential', parent: 'full' }),
    ],
    { daysOf: { full: 10, dump: 4, incremental: 8, differential: 9 } },
    [
      '+ dump: younger than 4 days; the newest good one of app',
      '+ incremental: the newest good one of its cluster',
      '+ differential: younger than 9 days',
      '+ full: younger than 10 days',
      '- full 2: older than 10 days',
      '- dump 2: older than 4 days',
    ],
  ],
  [
    'the newest of each day, week, month and year, in UTC',
    [
      kept('a', '2026-11-19T23:59:59Z'),
      kept('b', '2026-11-19T00:00:00Z'),
      kept('c', '2026-11-18T23:59:59Z'),
      kept('d', '2026-11-15T23:00:00Z'),
      kept('e', '2026-10-31T23:59:59Z'),
      kept('f', '2026-10-01T00:00:00Z'),
      kept('g', '2025-12-31T00:00:00Z'),
      kept('h', '2025-12-28T00:00:00Z'),
      kept('i', '2024-06-01T00:00:00Z'),
      kept('j', '2023-06-01T00:00:00Z'),
    ],
    { days: 1, daily: 2, weekly: 3, monthly: 3, yearly: 3 },
    [
      '+ a: younger than 1 day; the newest good one of its cluster; the newest of 2026-11-19; the newest of 2026-W47; the newest of 2026-11; the newest of 2026',
      '+ c: the newest of 2026-11-18',
      '+ d: the newest of 2026-W46',
      '+ e: the newest of 2026-W44; the newest of 2026-10',
      '+ g: the newest of 2025-12; the newest of 2025',
      '+ i: the newest of 2024',
      '- j: older than 1 day',
      '- h: older than 1 day',
      '- f: older than 1 day',
      '- b: older than 1 day',
    ],
  ],
  [
    'weeks at the turn of years',
    ['2027-01-03', '2026-12-28', '2026-12-27', '2021-01-03', '2020-12-28', '2018-12-31'].map(day =>
      kept(day, `${day}T12:00:00Z`),
    ),
    { days: 1, weekly: 9 },
    // The first two are in the future of this test.
    [
      '+ 2027-01-03: in the future: the clock was ahead, or is behind',
      '+ 2026-12-28: in the future: the clock was ahead, or is behind',
      '+ 2026-12-27: in the future: the clock was ahead, or is behind',
      '+ 2021-01-03: the newest good one of its cluster; the newest of 2020-W53',
      '+ 2018-12-31: the newest of 2019-W01',
      '- 2020-12-28: older than 1 day',
    ],
  ],
  [
    'only good ones stand for a day',
    [kept('damaged', '2026-11-10T12:00:00Z', bad), kept('good', '2026-11-10T11:00:00Z'), kept('new', 2)],
    { days: 1, daily: 2 },
    [
      '+ new: the newest good one of its cluster; the newest of 2026-11-18',
      '+ good: the newest of 2026-11-10',
      '- damaged: older than 1 day; not whole, and there is a newer good one',
    ],
  ],
  [
    'a damaged one goes by age, and when a newer one is good',
    [dump('good', 35), dump('bad 1', 31, bad), dump('bad 2', 40, bad), dump('bad 3', 5, bad)],
    {},
    [
      '+ bad 3: younger than 30 days',
      '+ bad 1: older than 30 days, but no good one of app is newer',
      '+ good: the last good one of app',
      '- bad 2: older than 30 days; not whole, and there is a newer good one',
    ],
  ],
  [
    'nothing but damaged ones',
    [dump('a', 35, bad), dump('b', 36, bad)],
    {},
    [
      '+ a: older than 30 days, but no good one of app is newer',
      '+ b: older than 30 days, but no good one of app is newer',
    ],
  ],
  [
    'what nobody can judge stays, and stands for nothing',
    [
      kept('foreign', 35, { foreign: true, ...undescribed }),
      kept('link', 36, { link: true }),
      kept('undescribed', 37, undescribed),
      kept('ours', 38),
    ],
    {},
    [
      '+ foreign: not made by this toolkit',
      '+ link: a link to a backup elsewhere',
      '+ undescribed: its metadata.json cannot be read: nobody can say what it is of',
      '+ ours: the last good one of its cluster',
    ],
  ],
  [
    'what is in the future stands for nothing either',
    [kept('future', -1), kept('a', 40), kept('b', 41)],
    { daily: 1 },
    [
      '+ future: in the future: the clock was ahead, or is behind',
      '+ a: the newest good one of its cluster; the newest of 2026-10-11',
      '- b: older than 30 days',
    ],
  ],
  [
    'a clock that was set back: the one made last is the newest',
    [kept('made last', 50, { order: new Date(now.getTime() - 30) }), kept('made first', 40)],
    {},
    ['+ made last: the newest good one of its cluster', '- made first: older than 30 days'],
  ],
  [
    'parents of what is kept',
    [
      kept('full', 60),
      kept('differential', 50, { type: 'differential', parent: 'full' }),
      kept('incremental', 3, { type: 'incremental', parent: 'differential' }),
      kept('older full', 70),
    ],
    {},
    [
      '+ incremental: younger than 30 days; the newest good one of its cluster',
      '+ differential: incremental needs it',
      '+ full: incremental needs it',
      '- older full: older than 30 days',
    ],
  ],
  [
    'a dependant goes before its parent, whatever the clock said',
    [
      kept('full', 60),
      kept('second', 80, { type: 'incremental', parent: 'first' }),
      kept('first', 50, { type: 'incremental', parent: 'full' }),
      kept('new', 1),
    ],
    {},
    [
      '+ new: younger than 30 days; the newest good one of its cluster',
      '- second: older than 30 days',
      '- first: older than 30 days',
      '- full: older than 30 days',
    ],
  ],
  [
    'a chain with a gap is no good one',
    [
      kept('on damage', 40, { type: 'incremental', parent: 'damaged' }),
      kept('on nothing', 41, { type: 'incremental', parent: 'gone' }),
      kept('damaged', 42, bad),
      kept('good', 43),
    ],
    {},
    [
      '+ on damage: older than 30 days, but no good one of its cluster is newer',
      '+ on nothing: older than 30 days, but no good one of its cluster is newer',
      '+ damaged: older than 30 days, but no good one of its cluster is newer',
      '+ good: the last good one of its cluster',
    ],
  ],
  [
    'two that say to be each other’s parent',
    [kept('a', 40, { parent: 'b' }), kept('b', 41, { parent: 'a' }), kept('new', 1)],
    {},
    [
      '+ new: younger than 30 days; the last good one of its cluster',
      '- a: older than 30 days; not whole, and there is a newer good one',
      '- b: older than 30 days; not whole, and there is a newer good one',
    ],
  ],
])('%s', (_, backups, changes, expected) => {
  expect(decided(backups, changes)).toEqual(expected)
  // The order in which they come says nothing.
  expect(decided([...backups].reverse(), changes)).toEqual(expected)
})

describe('every backup', () => {
  test('gets one decision with a reason', () => {
    const backups = [
      kept('a', 1),
      kept('b', 40, bad),
      kept('c', 50),
      dump('d', -3),
      kept('e', 90, undescribed),
    ]
    const decisions = applyRetention(backups, rules, now)
    expect(decisions.map(({ id }) => id).sort()).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(decisions.filter(({ reasons }) => reasons.length === 0)).toEqual([])
  })
})

import { describe, expect, test } from 'vitest'
import { type Counted, groupStats, type RunRecord, runsOf } from './stats.ts'

const now = new Date('2026-11-20T12:00:00Z')
const day = 86_400_000

const counted = (age: number, bytes: number, changes: Partial<Counted> = {}): Counted => ({
  ...{ kind: 'physical', database: null, foreign: false, at: new Date(now.getTime() - age * day), bytes },
  ...{ originalBytes: bytes * 3, seconds: 10, verified: 'ok', damaged: false },
  ...changes,
})
const only = (...backups: Counted[]) => groupStats(backups, now)[0]

describe('a group of backups', () => {
  test('has its numbers', () => {
    const backups = [
      counted(10, 1000, { originalBytes: 2000, seconds: 4, verified: 'never' }),
      counted(0.5, 2900, { originalBytes: 2900 * 4, seconds: 8 }),
      counted(5, 500, { verified: 'failed' }),
    ]
    expect(only(...backups)).toEqual({
      kind: 'physical',
      database: null,
      foreign: false,
      count: 3,
      total_bytes: 4400,
      newest_at: '2026-11-20T00:00:00.000Z',
      newest_age_seconds: 43200,
      oldest_at: '2026-11-10T12:00:00.000Z',
      oldest_age_seconds: 864000,
      last_size_bytes: 2900,
      average_ratio: 3,
      average_seconds: 22 / 3,
      growth_bytes_per_day: 200,
      never_verified: 1,
      failed: 1,
      damaged: 0,
    })
  })

  test.each<[string, Counted[], Partial<ReturnType<typeof groupStats>[number]>]>([
    [
      'one backup does not grow',
      [counted(1, 100)],
      { growth_bytes_per_day: null, newest_age_seconds: 86400, oldest_age_seconds: 86400 },
    ],
    ['minutes say nothing about days', [counted(1, 900), counted(0.1, 100)], { growth_bytes_per_day: null }],
    ['it may shrink', [counted(4, 900), counted(0, 100)], { growth_bytes_per_day: -200 }],
    [
      'the damaged are counted, and are no measure',
      [counted(4, 0, { damaged: true }), counted(2, 100), counted(1, 200), counted(0, 0, { damaged: true })],
      { count: 4, damaged: 2, growth_bytes_per_day: 100, average_ratio: 3, average_seconds: 10 },
    ],
    [
      'what is not known is not zero',
      [counted(2, 100, { originalBytes: null, seconds: null, verified: 'never' })],
      { average_ratio: null, average_seconds: null, never_verified: 1 },
    ],
    ['of the future', [counted(-2, 100)], { newest_age_seconds: 0 }],
    ['nothing in it', [counted(1, 0)], { average_ratio: null }],
  ])('%s', (_, backups, expected) => expect(only(...backups)).toMatchObject(expected))
})

test('a group for each kind and database, somebody else’s last', () => {
  const dump = { kind: 'dump', database: 'app' } as const
  const groups = groupStats(
    [
      counted(1, 1, { foreign: true }),
      counted(1, 1, { ...dump, database: 'b' }),
      counted(1, 1, dump),
      counted(1, 1),
      counted(1, 1, dump),
    ],
    now,
  )
  expect(groups.map(g => [g.foreign, g.kind, g.database, g.count])).toEqual([
    [false, 'physical', null, 1],
    [false, 'dump', 'app', 2],
    [false, 'dump', 'b', 1],
    [true, 'physical', null, 1],
  ])
  expect(groupStats([], now)).toEqual([])
})

test('the runs of each command, and the last one that failed', () => {
  const run = (at: string, command: string, exit_code = 0, result = 'ok'): RunRecord => ({
    ...{ at, command, exit_code, result },
  })
  const runs = [
    run('2026-10-01T00:00:00Z', 'restore', 8, 'too long ago'),
    run('2026-11-03T00:00:00Z', 'save', 1, 'the first'),
    run('2026-11-05T00:00:00Z', 'save', 2, 'the last'),
    run('2026-11-04T00:00:00Z', 'save', 3, 'in between, written late'),
    run('2026-11-06T00:00:00Z', 'save'),
    run('2026-11-07T00:00:00Z', 'save', 6, 'locked'),
    run('2026-11-08T00:00:00Z', 'delete', 130, 'Declined.'),
    run('2026-11-09T00:00:00Z', 'cleanup', 7, 'Left: x'),
  ]
  expect(runsOf(runs, new Date('2026-11-01T00:00:00Z'))).toEqual([
    {
      ...{ command: 'cleanup', runs: 1, failures: 1, left_out: 0, last_at: '2026-11-09T00:00:00Z' },
      last_failure: { at: '2026-11-09T00:00:00Z', exit_code: 7, result: 'Left: x' },
    },
    {
      ...{ command: 'delete', runs: 1, failures: 0, left_out: 1, last_at: '2026-11-08T00:00:00Z' },
      last_failure: null,
    },
    {
      ...{ command: 'save', runs: 5, failures: 3, left_out: 1, last_at: '2026-11-07T00:00:00Z' },
      last_failure: { at: '2026-11-05T00:00:00Z', exit_code: 2, result: 'the last' },
    },
  ])
  expect(runsOf([], now)).toEqual([])
})

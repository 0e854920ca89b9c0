import { describe, expect, test } from 'vitest'
import type { Inventory } from '../catalog/inventory.ts'
import { compareInventory } from './compare_inventory.ts'
import { schemaOf } from './inventory_schemas.ts'

const job = {
  ...{ id: 1001, procedure: '_timescaledb_functions.policy_retention', hypertable: 'public.metrics' },
  ...{ owner: 'postgres', schedule_interval: '1 day', scheduled: true, config: '{"drop_after": "1 day"}' },
}
const before: Inventory = {
  objects: {
    tables: ['"S s".orders', 'public.orders'],
    indexes: ['"S s".orders_pkey', 'public.half', 'public.orders_pkey'],
    constraints: ['public.orders: "of s"', 'public.orders: unchecked'],
    extensions: ['timescaledb 2.19.3'],
    sequences: ['public.up'],
    policies: [],
  },
  invalid: { indexes: ['public.half'], constraints: ['public.orders: unchecked'] },
  unpopulated: ['public.empty'],
  chunk_objects: { indexes: 6, constraints: 4, triggers: 2 },
  sequences: {
    'public.up': { last_value: '9007199254740993', increment: '1', cycle: false },
    'public.down': { last_value: '-5', increment: '-2', cycle: false },
    'public.round': { last_value: '7', increment: '1', cycle: true },
    'public.unused': { last_value: null, increment: '1', cycle: false },
  },
  large_objects: 2,
  hypertables: [{ name: 'public.metrics', dimensions: 1, chunks: 9, compressed_chunks: 3 }],
  continuous_aggregates: [{ name: 'public.daily', hypertable: 'public.metrics', materialized_only: true }],
  jobs: [job],
}
const objects = (change: Record<string, string[]>): Partial<Inventory> => ({
  objects: { ...before.objects, ...change },
})
const sequence = (name: string, change: Partial<Inventory['sequences'][string]>): Partial<Inventory> => {
  const one = before.sequences[`public.${name}`]
  return one ? { sequences: { ...before.sequences, [`public.${name}`]: { ...one, ...change } } } : {}
}
const numbers = (word: string, from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, i) => `${word}${from + i}`)

describe('what is not as it was', () => {
  test.each<[string, Partial<Inventory>, string[]]>([
    ['nothing', {}, []],
    [
      'an index',
      objects({ indexes: ['"S s".orders_pkey', 'public.half'] }),
      ['index public.orders_pkey is missing'],
    ],
    [
      'a constraint',
      objects({ constraints: ['public.orders: unchecked'] }),
      ['constraint public.orders: "of s" is missing'],
    ],
    [
      'more than there was',
      objects({ policies: ['public.orders: p'] }),
      ['policy public.orders: p was not there before'],
    ],
    [
      'another version of an extension',
      objects({ extensions: ['timescaledb 2.29.2'] }),
      ['extension timescaledb 2.19.3 is missing', 'extension timescaledb 2.29.2 was not there before'],
    ],
    [
      'an index that was never finished',
      objects({ indexes: ['"S s".orders_pkey', 'public.orders_pkey'] }),
      [],
    ],
    [
      'an index that is not finished now',
      { invalid: { ...before.invalid, indexes: ['public.half', 'public.orders_pkey'] } },
      ['index public.orders_pkey is not valid, and was'],
    ],
    [
      'a constraint that is not checked now',
      { invalid: { indexes: [], constraints: ['public.orders: "of s"', 'public.orders: unchecked'] } },
      ['constraint public.orders: "of s" is not valid, and was'],
    ],
    [
      'a materialized view without data',
      { unpopulated: ['public.empty', 'public.full'] },
      ['materialized view public.full has no data, and had'],
    ],
    ['one that has data now', { unpopulated: [] }, []],
    [
      'what chunks have',
      { chunk_objects: { indexes: 5, constraints: 1, triggers: 0 } },
      [
        '5 indexes on chunks instead of 6',
        '1 constraint on chunks instead of 4',
        '0 triggers on chunks instead of 2',
      ],
    ],
    ['large objects', { large_objects: 1 }, ['1 large object instead of 2']],
    [
      'chunks',
      { hypertables: [{ name: 'public.metrics', dimensions: 2, chunks: 7, compressed_chunks: 0 }] },
      [
        'hypertable public.metrics has 2 dimensions instead of 1',
        'hypertable public.metrics has 7 chunks instead of 9',
        'hypertable public.metrics has 0 compressed chunks instead of 3',
      ],
    ],
    ['a hypertable', { hypertables: [] }, ['hypertable public.metrics is missing']],
    [
      'a continuous aggregate',
      { continuous_aggregates: [{ name: 'public.daily', hypertable: 'public.m', materialized_only: false }] },
      [
        'continuous aggregate public.daily is made from public.m instead of public.metrics',
        'continuous aggregate public.daily adds rows that are not materialized, and did not',
      ],
    ],
    ['a job', { jobs: [] }, ['job 1001 (policy_retention of public.metrics) is missing']],
    [
      'a job that is another',
      { jobs: [{ ...job, owner: 'eve', scheduled: false, config: null }] },
      [
        'job 1001 (policy_retention of public.metrics) is not scheduled, and was',
        'job 1001 (policy_retention of public.metrics) has the owner eve instead of postgres',
        'job 1001 (policy_retention of public.metrics) has the config none instead of {"drop_after": "1 day"}',
      ],
    ],
    [
      'a name with a line end, and one with a command to the terminal',
      objects({ tables: ['"S s".orders', '"a\nb"', '"\u001b[31m\u007f\u009b"', 'public.orders'] }),
      ['table "a\\nb" was not there before', 'table "\\u001b[31m\\u007f\\u009b" was not there before'],
    ],
    [
      'more than twenty of a kind',
      objects({ tables: [...numbers('public.t', 1, 150), '"S s".orders', 'public.orders'] }),
      [
        ...numbers('table public.t', 1, 20).map(line => `${line} was not there before`),
        '… and 130 more tables',
      ],
    ],
  ])('%s', (_, change, lines) => expect(compareInventory(before, { ...before, ...change })).toEqual(lines))

  test('a kind that only one of the two looked for is not compared', () => {
    const { policies: _, ...fewer } = before.objects
    const after = objects({ policies: ['public.orders: p'] })
    expect(compareInventory({ ...before, objects: fewer }, { ...before, ...after })).toEqual([])
    expect(compareInventory({ ...before, ...after }, { ...before, objects: fewer })).toEqual([])
  })
})

describe('a sequence may be ahead, and not behind', () => {
  test.each<[string, Partial<Inventory['sequences'][string]>, string[]]>([
    ['up', { last_value: '9007199254740994' }, []],
    [
      'up',
      { last_value: '9007199254740992' },
      ['sequence public.up is at 9007199254740992 instead of 9007199254740993'],
    ],
    ['up', { last_value: null }, ['sequence public.up has not been used, and was at 9007199254740993']],
    ['up', { increment: '2' }, ['sequence public.up counts by 2 instead of 1']],
    ['up', { cycle: true }, ['sequence public.up begins again at its end, and did not']],
    ['down', { last_value: '-7' }, []],
    ['down', { last_value: '-3' }, ['sequence public.down is at -3 instead of -5']],
    ['round', { last_value: '1' }, []],
    ['round', { cycle: false }, ['sequence public.round ends, and did not']],
    ['unused', { last_value: '1' }, []],
  ])('%s: %o', (name, change, lines) =>
    expect(compareInventory(before, { ...before, ...sequence(name, change) })).toEqual(lines),
  )
})

describe('of some schemas only', () => {
  const after: Inventory = {
    ...{ objects: {}, invalid: { indexes: [], constraints: [] }, unpopulated: [], sequences: {} },
    ...{ chunk_objects: { indexes: 0, constraints: 0, triggers: 0 }, large_objects: 0 },
    ...{ hypertables: [], continuous_aggregates: [], jobs: [] },
  }
  const restored = { tables: ['"S s".orders'], indexes: [], extensions: [] }
  test('what is elsewhere, or in no schema, is not missed', () => {
    const options = { schemas: ['S s'] }
    expect(compareInventory(before, { ...after, objects: restored }, options)).toEqual([
      'index "S s".orders_pkey is missing',
    ])
  })
  test.each([
    ['public.orders: "of s"', 'public'],
    ['"a ""b"".c".d', 'a "b".c'],
    ['plain', 'plain'],
  ])('%s is in %s', (name, schema) => expect(schemaOf(name)).toBe(schema))
})

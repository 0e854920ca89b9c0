import { describe, expect, test } from 'vitest'
import { notesOf, whyNoContinuousAggregate } from './notes.ts'
import { objection, type Relation, sampleNames } from './relations.ts'

const time = 'timestamp with time zone'
const stations: Relation = {
  name: 'stations',
  kind: 'table',
  ours: true,
  empty: false,
  columns: [
    { name: 'id', type: 'bigint' },
    { name: 'name', type: 'text' },
    { name: 'latitude', type: 'double precision' },
    { name: 'longitude', type: 'double precision' },
    { name: 'altitude', type: 'double precision' },
  ],
}
const health: Relation = {
  name: 'health_metrics',
  kind: 'table',
  ours: true,
  empty: false,
  columns: [
    { name: 'time', type: time },
    { name: 'service', type: 'text' },
    { name: 'category', type: 'text' },
    { name: 'percentage', type: 'double precision' },
  ],
}
const among = (...relations: Relation[]) =>
  objection({ database: 'shop', extensionSchema: null, preloaded: false, relations })

describe('what may stand in the way', () => {
  test('nothing there, the sample itself, or an empty table of the same columns', () => {
    expect(among()).toBeUndefined()
    expect(among(stations, health)).toBeUndefined()
    expect(among({ ...stations, columns: stations.columns.toReversed() })).toBeUndefined()
    expect(among({ ...stations, ours: false, empty: true })).toBeUndefined()
  })

  test('somebody’s rows are never emptied, even where the columns are the same', () => {
    expect(among({ ...stations, ours: false })).toMatchObject({
      kind: 'usage',
      what: "Database “shop” already has stations, and it is not the sample's. Nothing was changed.",
      why: expect.stringContaining('make sample did not make it'),
    })
  })

  test('other columns are named, whoever made them', () => {
    const [, ...rest] = health.columns
    const columns = [...rest, { name: 'ts', type: 'bigint' }].map(column =>
      column.name === 'percentage' ? { ...column, type: 'real' } : column,
    )
    expect(among(stations, { ...health, columns })?.why).toBe(
      'health_metrics: it has no column time; it has a column of its own: ts; column percentage is real, not double precision.',
    )
  })

  test('other kinds of relations are named', () => {
    expect(among({ ...stations, kind: 'view' }, { ...health, kind: 'partitioned table' })?.why).toBe(
      'stations: it is a view, not a table.\nhealth_metrics: it is a partitioned table, not a table.',
    )
  })

  test('a database that uses TimescaleDB on a server that does not load it', () => {
    expect(
      objection({ database: 'shop', extensionSchema: 'public', preloaded: false, relations: [] }),
    ).toMatchObject({ kind: 'prerequisite', hint: expect.stringContaining('shared_preload_libraries') })
  })

  test('the names are those of the contract', () => {
    expect(sampleNames).toEqual([
      'stations',
      'meteo_metrics',
      'power_metrics',
      'health_metrics',
      'health_metrics_1min_cagg',
    ])
  })
})

describe('notes', () => {
  const all = {
    database: 'shop',
    reloaded: false,
    extensionCreated: false,
    whyNoHypertables: undefined,
    whyNoAggregate: undefined,
  }

  test('none where all is as one would expect', () => {
    expect(notesOf(all)).toEqual([])
  })

  test('say what was replaced by what, and why', () => {
    const refusal = 'functionality not supported under the current "apache" license'
    expect(notesOf({ ...all, whyNoAggregate: whyNoContinuousAggregate('apache', refusal) })).toEqual([
      'health_metrics_1min_cagg is a materialized view instead of a continuous aggregate, because this server has the ' +
        'Apache edition of TimescaleDB, and only the Community edition has continuous aggregates. It has the same ' +
        'columns and rows, but does not follow new rows by itself: REFRESH MATERIALIZED VIEW ' +
        'health_metrics_1min_cagg; brings it up to date.',
    ])
    expect(whyNoContinuousAggregate('timescale', 'out of luck')).toBe('the server refused it (out of luck)')
  })
})

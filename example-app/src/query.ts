import { bucketsOf, chooseStep, origin } from './buckets.ts'
import type { Database } from './database.ts'
import { ChartError } from './errors.ts'
import type { Metric } from './metrics/metric.ts'
import type { Chart } from './model.ts'
import { chooseRange, type Extent, nothingIn, type Range, type Wish } from './range.ts'
import { type Point, seriesOf } from './series.ts'

/** More lines than this cannot be told apart. */
const mostSeries = 8

/**
 * Asks the database for everything that a chart needs. However long the time is, at most a few thousand numbers come
 * back: the server makes the buckets.
 * @throws ChartError usage when there is nothing to draw, prerequisite when the table is missing, connection.
 */
export async function query(database: Database, metric: Metric, wish: Wish): Promise<Chart> {
  const extent = await readExtent(database, metric)
  const range = atLeast(metric.every, chooseRange(wish, extent))
  const step = chooseStep(range, metric.every)
  const points = await database.rows<Point & { total: number }>(
    pointsSql(metric, await bucketSql(database)),
    [`${step} seconds`, new Date(origin), new Date(range.from), new Date(range.to)],
  )
  const [first] = points
  const times = bucketsOf(range, step)
  const series = seriesOf(points, times, metric.style)
  if (!first || series.every(({ values }) => values.every(value => value === null)))
    throw nothingIn(range, extent)

  const { notes, ...span } = range
  const unseen = first.total - mostSeries
  const limit =
    unseen <= 0
      ? []
      : metric.style === 'stacked'
        ? [`The ${mostSeries} largest of ${first.total} series; the others are summed up.`]
        : [`${mostSeries} of ${first.total} series: those with the most readings.`]
  return { metric, ...span, step, times, series, notes: [...notes, ...limit] }
}

/** One row alone is a moment, and a picture needs a width. */
const atLeast = (seconds: number, range: Range): Range => ({
  ...range,
  from: Math.min(range.from, range.to - seconds * 1000),
})

async function readExtent(database: Database, metric: Metric): Promise<Extent> {
  // Two ends of an index: fast in a table of any size.
  const [row] = await database.rows<{ oldest: Date | null; newest: Date | null; now: Date }>(
    `SELECT (SELECT min(time) FROM ${metric.table}) AS oldest, (SELECT max(time) FROM ${metric.table}) AS newest, now() AS now`,
  )
  if (!row?.oldest || !row.newest)
    throw new ChartError(
      'usage',
      `There is no data at all: the table ${metric.table} is empty.`,
      'The sample data: make sample, in the folder db.',
    )
  return { oldest: row.oldest.getTime(), newest: row.newest.getTime(), now: row.now.getTime() }
}

/**
 * TimescaleDB's time_bucket, which its planner knows; PostgreSQL's own date_bin, which does the same, where there is none.
 * https://www.postgresql.org/docs/current/functions-datetime.html#FUNCTIONS-DATETIME-BIN
 */
async function bucketSql(database: Database): Promise<string> {
  const [extension] = await database.rows<{ schema: string }>(
    `SELECT quote_ident(nspname) AS schema FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace
      WHERE extname = 'timescaledb'`,
  )
  const bucket = extension ? `${extension.schema}.time_bucket` : 'date_bin'
  return `${bucket}($1::interval, time, $2::timestamptz)`
}

/** The metric's own query, cut down to as many series as a chart can show. */
function pointsSql(metric: Metric, bucket: string): string {
  const own = metric.sql({ bucket, within: 'time BETWEEN $3::timestamptz AND $4::timestamptz' })
  const isStack = metric.style === 'stacked'
  const ends = metric.style === 'bands' ? 'low, high' : 'NULL AS low, NULL AS high'
  return `
    WITH points AS (
           SELECT at, coalesce(series::text, '(none)') AS series, value, ${ends} FROM (${own}) AS own),
         ranked AS (
           SELECT series, count(*) OVER () AS total,
                  row_number() OVER (ORDER BY ${isStack ? 'sum(abs(value))' : 'count(value)'} DESC NULLS LAST, series) AS rank
             FROM points GROUP BY series)
    SELECT (extract(epoch FROM at) * 1000)::float8 AS at, CASE WHEN rank <= ${mostSeries} THEN series END AS series,
           sum(value)::float8 AS value, min(low)::float8 AS low, max(high)::float8 AS high, min(total)::float8 AS total
      FROM points JOIN ranked USING (series)
     WHERE rank <= ${mostSeries} OR ${isStack}
     GROUP BY 1, 2`
}

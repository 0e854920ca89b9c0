/** What can be charted: some words, and one SQL query. */
export type Metric = {
  /** What one types: `--metric temperature`. */
  name: string
  title: string
  unit: string
  /** Where the rows are. Its column `time` (timestamptz) should have an index. */
  table: string
  /**
   * `lines`: one plot, a line for each series. `bands`: a plot for each series, its line within the band from `low` to
   * `high`. `stacked`: areas on top of each other, so that one sees the sum.
   */
  style: 'lines' | 'bands' | 'stacked'
  /** Seconds from one row of a series to its next one, or a little more: where nothing comes for longer is a gap. */
  every: number
  /** The ends of the vertical axis, where they are not to follow the data. */
  scale?: readonly [number, number]
  /** What one series is, in one word: `station`. */
  series: string
  /**
   * The query. Its columns: `at` (the bucket), `series` (text), `value`, and for bands `low` and `high`.
   */
  sql(parts: SqlParts): string
}

export type SqlParts = {
  /** SQL for the begin of the bucket that a row's `time` falls into. */
  bucket: string
  /** SQL for “this row's `time` is within what is charted”. */
  within: string
}

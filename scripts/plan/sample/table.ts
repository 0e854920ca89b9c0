import { type Grid, type Stretches, timeOf, timestamp } from './grid.ts'

/** A piece of COPY text (tab-separated, `\N` for NULL) of about 64 KB, and how many rows it holds. */
export type Chunk = { text: string; rows: number }

export type SampleTable = {
  name: string
  /** The columns of the text, in its order. */
  columns: readonly string[]
  /** Exactly how many rows `chunks` gives. */
  rows: number
  /** Starts from the first row each time it is called. */
  chunks(): Iterable<Chunk>
}

/** What measures: a station, or a service with its channels or categories. */
export type Series = {
  /** Rows of one step: one per channel or category. */
  width: number
  /** When it is silent: no rows at all. */
  silent: Stretches
  /** Makes the measuring itself, which holds what chance has decided so far. One text per row, without the time. */
  start(): (time: number, step: number) => readonly string[]
}

const chunkSize = 64 * 1024

export function* inChunks(lines: Iterable<string>): Generator<Chunk> {
  let text = ''
  let rows = 0
  for (const line of lines) {
    text += line
    rows += 1
    if (text.length >= chunkSize) {
      yield { text, rows }
      text = ''
      rows = 0
    }
  }
  if (rows > 0) yield { text, rows }
}

/** A table of measurements in the order in which they would have come in: step by step, every series. */
export const measurements = (
  name: string,
  columns: readonly string[],
  grid: Grid,
  series: readonly Series[],
): SampleTable => ({
  name,
  columns: ['time', ...columns],
  rows: series.reduce((sum, { width, silent }) => sum + width * (grid.steps - silent.steps), 0),
  chunks: () => inChunks(linesOf(grid, series)),
})

function* linesOf(grid: Grid, series: readonly Series[]): Generator<string> {
  const running = series.map(({ silent, start }) => ({ silent, measure: start() }))
  for (let step = 0; step < grid.steps; step += 1) {
    const time = timeOf(grid, step)
    const prefix = timestamp(time)
    for (const { silent, measure } of running) {
      // It goes on measuring in silence, so that the curve is where it should be when it speaks again.
      const rows = measure(time, step)
      if (silent.at(step)) continue
      for (const row of rows) yield `${prefix}\t${row}\n`
    }
  }
}

import { parseArgs } from 'node:util'
import { ChartError } from './errors.ts'
import { metrics } from './metrics/list.ts'
import type { Metric } from './metrics/metric.ts'
import { formatOf, type OutputFormat } from './output.ts'
import type { Wish } from './range.ts'
import type { Theme } from './svg/theme.ts'
import { parseMoment } from './time.ts'
import { parseWindow } from './window.ts'

/** What is to be drawn, and where to. */
export type Request = {
  metric: Metric
  wish: Wish
  /** No file for a preview, where none was named. */
  output: { path: string; format: OutputFormat } | undefined
  theme: Theme
  preview: boolean
}

const names = metrics.map(({ name }) => name)

export const help = `Draws time-series data from the database.

  npx tsx chart.ts --metric ${names.join('|')} [--window 24h] [--output chart.svg]

  --metric    ${names.join(', ')}
  --window    how far back: a number and m, h, d or w (90m, 24h, 7d, 52w); 24h when it is not given
  --from      instead of a window: from this moment (2026-01-30, 2026-01-30T14:05Z; UTC when no zone is given)
  --to        to this moment; with --window instead of --from, that long before it
  --output    a file: .svg, .xlsx (data, and a chart that follows it), .csv, .png; - is SVG on standard output
  --theme     of pictures: light, dark, or auto (as the reader's system is set)
  --preview   a small chart in the terminal; a file only with --output
  --help      this

Where the database is: PGHOST, PGPORT, PGUSER, PGPASSWORD (or PGPASSWORD_FILE), PGDATABASE, PGSSLMODE, PGSSLROOTCERT,
from the environment, from .env in this folder, or from the toolkit's own.

Exit codes: 0 done · 1 no connection, or no permission · 2 the disk is full · 4 a mistake in what was typed, or there is
no data · 5 something is missing (a table, a program, a right to write) · 8 it failed otherwise · 70 a mistake in this
program · 130 interrupted
`

/**
 * Reads what was typed; undefined where that was --help.
 * @throws ChartError usage with everything that is wrong, a line each.
 */
export function parseArguments(argv: readonly string[]): Request | undefined {
  const values = readFlags(argv)
  if (values.help) return undefined
  const mistakes: ChartError[] = []
  const attempt = <T>(work: () => T): T | undefined => {
    try {
      return work()
    } catch (error) {
      if (!(error instanceof ChartError)) throw error
      mistakes.push(error)
      return undefined
    }
  }
  const metric = attempt(() => metricOf(values.metric))
  const window = attempt(() => parseWindow(values.window ?? '24h'))
  const from = attempt(() => momentOf('--from', values.from))
  const to = attempt(() => momentOf('--to', values.to))
  const theme = attempt(() => themeOf(values.theme))
  const path = values.output ?? (values.preview ? undefined : `${values.metric}_${spanOf(values)}.svg`)
  const format = path === undefined ? undefined : attempt(() => formatOf(path))
  attempt(() => refuseContradictions(values, from, to))
  const [first] = mistakes
  if (first) throw mistakes.length === 1 ? first : allOf(mistakes)
  if (!metric || !window || !theme) throw new Error('a mistake was not counted')
  const output = path === undefined || format === undefined ? undefined : { path, format }
  return { metric, wish: { window, from, to }, output, theme, preview: values.preview ?? false }
}

type Flags = {
  metric?: string
  window?: string
  from?: string
  to?: string
  output?: string
  theme?: string
  preview?: boolean
  help?: boolean
}

const text = { type: 'string' } as const
const flags = {
  ...{ metric: text, window: text, from: text, to: text, output: text, theme: text },
  preview: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

function readFlags(argv: readonly string[]): Flags {
  try {
    return { ...parseArgs({ args: [...argv], options: flags }).values }
  } catch (error) {
    // The first sentence; what follows is about flags that look like values.
    const [what = ''] = (error as Error).message.split(/(?<=')\. /)
    throw new ChartError('usage', what.replace(/\.?$/, '.'), 'npx tsx chart.ts --help shows every flag.')
  }
}

function metricOf(name: string | undefined): Metric {
  const found = metrics.find(metric => metric.name === name)
  if (found) return found
  const valid = `--metric ${names.slice(0, -1).join(', ')} or ${names.at(-1)}`
  throw new ChartError('usage', name === undefined ? 'Which metric?' : `There is no metric “${name}”.`, valid)
}

function momentOf(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const moment = parseMoment(text)
  if (moment !== undefined) return moment
  throw new ChartError(
    'usage',
    `${flag} “${text}” is no moment.`,
    'For example: 2026-01-30 or 2026-01-30T14:05Z',
  )
}

function themeOf(text = 'auto'): Theme {
  const theme = (['auto', 'light', 'dark'] as const).find(one => one === text)
  if (theme) return theme
  throw new ChartError('usage', `There is no theme “${text}”.`, 'auto, light or dark')
}

function refuseContradictions(
  { window, output, preview }: Flags,
  from: number | undefined,
  to: number | undefined,
): void {
  if (window !== undefined && from !== undefined)
    throw new ChartError('usage', '--window and --from both say where to begin.', 'Give one of them.')
  if (from !== undefined && to !== undefined && from >= to)
    throw new ChartError('usage', '--from is not before --to.', 'The earlier moment is --from.')
  if (preview && output === '-')
    throw new ChartError(
      'usage',
      '--preview and --output - both want standard output.',
      'Name a file, or leave one out.',
    )
}

/** For the name of a file: the window, or the moments, without what a file system may refuse. */
function spanOf({ window, from, to }: Flags): string {
  if (from === undefined && to === undefined) return window ?? '24h'
  return [from ?? window ?? '24h', to]
    .filter(word => word !== undefined)
    .map(word => word.replace(/[^\w.+-]/g, ''))
    .join('_')
}

const allOf = (mistakes: readonly ChartError[]): ChartError =>
  new ChartError(
    'usage',
    mistakes.map(({ message }) => message).join('\n       '),
    mistakes.flatMap(({ hint }) => hint ?? []).join('\n       '),
  )

import type { Request } from './arguments.ts'
import { csv } from './csv.ts'
import { withDatabase } from './database.ts'
import type { Chart } from './model.ts'
import { type OutputFormat, writeWhole } from './output.ts'
import { png } from './png.ts'
import { preview } from './preview.ts'
import { query } from './query.ts'
import { svg } from './svg/svg.ts'
import type { Theme } from './svg/theme.ts'
import { subtitle } from './words.ts'

/**
 * Asks the database, draws, and writes.
 * @throws ChartError
 */
export async function draw(
  { metric, wish, output, theme, preview: wanted }: Request,
  signal: AbortSignal,
): Promise<void> {
  const chart = await withDatabase(signal, database => query(database, metric, wish))
  if (wanted) process.stdout.write(`${preview(chart, process.stdout.columns ?? 80)}\n`)
  if (output === undefined) return
  const content = await render(chart, output.format, theme, signal)
  signal.throwIfAborted()
  if (output.path === '-') {
    process.stdout.write(content)
    return
  }
  await writeWhole(output.path, content)
  const said = [
    `${output.path}: ${chart.metric.title}, ${chart.series.length} series`,
    `  ${subtitle(chart)}`,
    ...chart.notes.map(note => `  ${note}`),
  ]
  process.stdout.write(`${said.join('\n')}\n`)
}

async function render(
  chart: Chart,
  format: OutputFormat,
  theme: Theme,
  signal: AbortSignal,
): Promise<string | Uint8Array> {
  switch (format) {
    case 'svg':
      return svg(chart, theme)
    case 'csv':
      return csv(chart)
    case 'xlsx':
      // Its library takes a while to load, and only workbooks need it.
      return (await import('./excel.ts')).excel(chart)
    case 'png':
      // A picture of pixels cannot follow the reader's system.
      return await png(svg(chart, theme === 'auto' ? 'light' : theme), signal)
  }
}

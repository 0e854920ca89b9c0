import type { Report } from '../report.ts'
import { checksPart } from './checks.ts'
import { performancePart } from './performance.ts'
import { schemaParts } from './schema.ts'
import { summaryPart } from './summary.ts'
import { join } from './text.ts'
import { timescalePart } from './timescale.ts'

export type Inserts = {
  /** Markdown of the diagram of relations; none where there are no relations. */
  diagram?: string | undefined
  /** Markdown of what is different since an older report. */
  drift?: string | undefined
}

/** report.md: the same model as the HTML, for a repository or a terminal. In pieces, for it may be long. */
export function* renderMarkdown(report: Report, { diagram, drift }: Inserts = {}): Generator<string> {
  for (const part of parts(report, diagram, drift)) if (part) yield `${part}\n\n`
}

function* parts(report: Report, diagram: string | undefined, drift: string | undefined) {
  yield summaryPart(report)
  yield drift
  yield timescalePart(report)
  yield performancePart(report)
  yield diagram && join('## How the tables are related', diagram)
  yield* schemaParts(report)
  yield checksPart(report)
}

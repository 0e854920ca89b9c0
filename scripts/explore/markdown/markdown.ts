import type { Report } from '../report.ts'
import { checksPart } from './checks.ts'
import { performancePart } from './performance.ts'
import { schemaPart } from './schema.ts'
import { summaryPart } from './summary.ts'
import { join } from './text.ts'
import { timescalePart } from './timescale.ts'

export type Inserts = {
  /** Markdown of the diagram of relations; none where there are no relations. */
  diagram?: string | undefined
  /** Markdown of what is different since an older report. */
  drift?: string | undefined
}

/** report.md: the same model as the HTML, for a repository or a terminal. */
export const renderMarkdown = (report: Report, { diagram, drift }: Inserts = {}): string =>
  `${join(
    summaryPart(report),
    drift,
    timescalePart(report),
    performancePart(report),
    diagram && join('## How the tables are related', diagram),
    schemaPart(report),
    checksPart(report),
  )}\n`

import { block, join, plain } from '../markdown/text.ts'
import type { Report } from '../report.ts'
import { mermaidOverview } from './mermaid.ts'

/** The diagram of report.md, without a heading; GitHub, GitLab and most editors draw it. */
export function diagramPart(report: Pick<Report, 'relations'>): string | undefined {
  const diagram = mermaidOverview(report)
  if (diagram === null) return undefined
  return join(block(diagram.text, 'mermaid'), diagram.note && plain(diagram.note))
}

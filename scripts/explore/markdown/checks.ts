import type { Report } from '../report.ts'
import { join, plain, table } from './text.ts'

/** Every check with its outcome, so that silence is not taken for health. */
export const checksPart = ({ checks }: Report): string =>
  join(
    '## All checks',
    table(
      ['check', '', 'outcome', ''],
      checks.map(({ number, title, outcome, findings, reason }) => [
        number,
        plain(title),
        outcome === 'found' ? `${findings} found` : outcome,
        plain(reason ?? ''),
      ]),
    ),
  )

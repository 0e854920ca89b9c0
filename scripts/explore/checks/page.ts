import { formatCount } from '../../terminal/format.ts'
import type { Check } from './check.ts'
import { checks } from './list.ts'

const areas: Record<string, string> = {
  '01': 'Schema',
  '02': 'Indexes',
  '03': 'Maintenance',
  '04': 'Activity',
  '05': 'Safety',
  '06': 'TimescaleDB',
}

/** docs/reference/checks.md */
export const checksPage = (): string =>
  `# Checks of \`make explore\`

Generated from \`scripts/explore/checks/\` by \`make docs\`. There are ${checks.length}. A check is switched off, or given other
thresholds, in \`db/config/explore.yaml\`, by its number or its name.

- **critical**: data is being lost or will be, or the server will stop. **warning**: mend it soon. **notice**: worth
  knowing, or an hour on a quiet day.
- The score begins at 100. A check that finds something takes 25, 6 or 1 points by its worst finding; each further
  finding takes a tenth of that, up to as much again.
- What cannot be judged is “not assessed”, with the reason, and counts neither way. What a server does not have (an
  edition without compression, no standby) is “not applicable”.

${Object.entries(areas)
  .map(([prefix, area]) => {
    const own = checks.filter(({ number }) => number.startsWith(prefix))
    return `## ${area}\n\n${own.map(section).join('\n\n')}`
  })
  .join('\n\n')}
`

function section({ number, name, title, severity, why, mend, source, thresholds }: Check): string {
  const limits = Object.entries(thresholds ?? {})
  return [
    `### ${number} ${name}`,
    `**${title}** (${severity})`,
    why,
    `How to mend it: ${mend}`,
    ...(limits.length === 0
      ? []
      : [
          [
            '| threshold | default | |',
            '|---|---|---|',
            ...limits.map(
              ([key, { default: usual, unit, meaning }]) =>
                `| \`${key}\` | ${formatCount(usual)} ${unit} | ${meaning} |`,
            ),
          ].join('\n'),
        ]),
    `Source: <${source}>`,
  ].join('\n\n')
}

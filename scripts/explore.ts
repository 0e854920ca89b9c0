#!/usr/bin/env -S npx tsx
import { setFlagsFromString } from 'node:v8'
import { severities } from './explore/checks/check.ts'
import { renderSummary } from './explore/summary.ts'
import { command, runCommand } from './settings/command.ts'
import { assetFolder } from './settings/folders.ts'
import { connectionOptions } from './settings/options.ts'

await runCommand(
  'explore.ts',
  command({
    name: 'explore',
    summary: 'Documents the schema and judges the health of a database: a report in HTML, Markdown and JSON.',
    options: ['output', 'config', 'diff', 'failOn', 'reportsDir', ...connectionOptions],
    exits: ['connection', 'space', 'usage', 'prerequisite', 'failed', 'findings', 'interrupted'],
    examples: [
      ['make explore', 'a report on our own database, in reports/'],
      ['make explore PGHOST=db.example.com PGDATABASE=shop', 'on another server'],
      ['make explore DIFF=reports/latest', 'and what is different since the last one'],
      ['make explore FAIL_ON=warning', 'exit code 9 when a warning or worse is found'],
    ],
    async run(settings, context, { sources }) {
      // Of fifty thousand indexes the garbage would take more memory than all that is alive.
      setFlagsFromString('--heap-growing-percent=20')
      const { explore } = await import('./operations/explore.ts')
      const { withPassword } = await import('./postgres/connection.ts')
      const { log, signal } = context
      const login = await withPassword(settings, context.prompt)
      const { report, failOn, ...looked } = await explore(login, {
        ...settings,
        config: settings.config ?? assetFolder('config/explore.yaml'),
        signal,
        onStep: step => log.step(step),
        onStatement: ({ name, sql, milliseconds, rows }) =>
          log.detail(
            `${name}: ${rows} rows in ${Math.round(milliseconds)} ms: ${sql.replace(/\s+/g, ' ').trim()}`,
          ),
      })
      const { generated_at, server, summary, health, findings, not_measured, drift = null } = report
      return {
        ...looked,
        ...{ generated_at, server, summary, health, findings, not_measured, drift },
        failOn: sources.failOn === 'default' ? (failOn ?? 'never') : settings.failOn,
      }
    },
    render: result => renderSummary(result),
    exitCode: ({ findings, failOn }) => {
      if (failOn === 'never') return 0
      const worst = severities.indexOf(failOn)
      return findings.some(({ severity }) => severities.indexOf(severity) <= worst) ? 9 : 0
    },
  }),
)

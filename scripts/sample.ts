#!/usr/bin/env -S npx tsx
import type { Client } from 'pg'
import { command, runCommand } from './settings/command.ts'
import { connectionOptions } from './settings/options.ts'
import { formatCount, formatDuration, formatTable } from './terminal/format.ts'
import { createProgress } from './terminal/progress.ts'

await runCommand(
  'sample.ts',
  command({
    name: 'sample',
    summary: 'Loads realistic sample data: weather, power and health of services.',
    options: ['days', 'until', ...connectionOptions],
    exits: ['connection', 'usage', 'failed', 'interrupted'],
    examples: [
      ['make sample', 'the last seven days'],
      ['make sample DAYS=30 UNTIL=2026-01-31T00:00:00Z', 'always the same rows'],
    ],
    async run(settings, context) {
      const { loadSample } = await import('./operations/sample.ts')
      const { withClient, withPassword } = await import('./postgres/connection.ts')
      const { signal } = context
      const started = performance.now()
      const until = settings.until ?? new Date(Math.floor(Date.now() / 60_000) * 60_000)
      const login = await withPassword(settings, context.prompt)
      const progress = await createProgress('Loading', context.progress, 'rows')
      const onProgress = (rows: number, total: number, step: string) => progress.update(rows, total, step)
      try {
        const work = (client: Client) =>
          loadSample(client, { days: settings.days, until, onProgress, signal })
        const result = await withClient(login, work, { signal })
        return { ...result, seconds: (performance.now() - started) / 1000 }
      } finally {
        progress.stop()
      }
    },
    render: r =>
      [
        `Loaded ${r.days} days of sample data, ${r.from} to ${r.until}, in ${formatDuration(r.seconds)}.`,
        formatTable(
          ['table', 'kind', 'rows'],
          r.tables.map(t => [t.name, t.kind, formatCount(t.rows)]),
          ['rows'],
        ),
        ...r.notes.map(note => `note: ${note}`),
      ].join('\n'),
  }),
)

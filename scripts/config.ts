#!/usr/bin/env -S npx tsx
import { ToolkitError } from './errors.ts'
import { command, runCommand } from './settings/command.ts'
import { type OptionName, optionNames, optionOf } from './settings/options.ts'
import type { Resolved } from './settings/resolve.ts'
import { formatValue } from './settings/value.ts'
import { formatTable } from './terminal/format.ts'

type Row = { name: string; value: string; source: string }

const row = (name: OptionName, { settings, sources }: Resolved): Row => {
  const value = settings[name]
  const hidden = optionOf(name).secret && value !== undefined
  return {
    name: optionOf(name).env,
    value: hidden ? '(set, not shown)' : formatValue(value),
    source: sources[name],
  }
}

await runCommand(
  'config.ts',
  command({
    name: 'config',
    summary: 'Every setting, its effective value, and where it comes from.',
    options: optionNames.filter(name => optionOf(name).kind === 'setting'),
    exits: ['usage'],
    async run(_settings, _context, resolved) {
      const shown = optionNames.filter(name => optionOf(name).kind === 'setting')
      const settings = shown.map(name => row(name, resolved))
      if (resolved.problems.length === 0) return { settings }
      process.stderr.write(`${formatRows(settings)}\n\n`)
      throw new ToolkitError('usage', {
        what: `${resolved.problems.length} settings cannot be used.`,
        why: resolved.problems.join('\n'),
      })
    },
    render: ({ settings }) => formatRows(settings),
  }),
)

function formatRows(rows: readonly Row[]): string {
  return formatTable(
    ['setting', 'value', 'from'],
    rows.map(r => [r.name, r.value, r.source]),
  )
}

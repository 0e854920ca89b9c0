#!/usr/bin/env -S npx tsx
import { exitCodes } from './errors.ts'
import type { Finding } from './operations/doctor/finding.ts'
import { examine } from './operations/doctor.ts'
import { chooseRuntime } from './runtime/choose.ts'
import { command, runCommand } from './settings/command.ts'
import { clusterOptions, connectionOptions } from './settings/options.ts'

const marks = { ok: 'ok    ', note: 'note  ', missing: 'MISSING' }

await runCommand(
  'doctor.ts',
  command({
    name: 'doctor',
    summary: 'Is everything here that the everyday commands need? Changes nothing.',
    options: [...connectionOptions, ...clusterOptions],
    exits: ['prerequisite'],
    run: (settings, context, resolved) => examine(chooseRuntime(settings), resolved, context),
    render: (findings: Finding[]) =>
      findings
        .map(
          f =>
            `${marks[f.state].padEnd(8)}${f.check.padEnd(11)}${f.says}${f.hint ? `\n${' '.repeat(19)}${f.hint}` : ''}`,
        )
        .join('\n'),
    exitCode: findings => exitCodes[findings.find(f => f.state === 'missing')?.kind ?? 'success'].code,
  }),
)

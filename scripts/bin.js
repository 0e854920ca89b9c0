#!/usr/bin/env node
// timescaledb-toolkit <script> [verb] [flags]: the same scripts that the Makefile runs.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { register } from 'tsx/esm/api'

const [name = '', ...rest] = process.argv.slice(2)
const script = join(import.meta.dirname, `${name.replaceAll('-', '_')}.ts`)
const notCommands = ['index.ts', 'errors.ts', 'check.ts', 'imports.test.ts', 'errors.test.ts']

if (/^[a-z_-]+$/.test(name) && existsSync(script)) {
  process.argv = [process.argv[0], script, ...rest]
  register()
  await import(script)
} else {
  const commands = readdirSync(import.meta.dirname).filter(f => f.endsWith('.ts') && !notCommands.includes(f))
  process.stderr.write(
    `Usage: timescaledb-toolkit <command> [flags]\n\n${commands.map(f => `  ${f.slice(0, -3)}`).join('\n')}\n`,
  )
  process.exitCode = name === '--help' ? 0 : 4
}

import { join } from 'node:path'
import { $ } from 'zx'

/** `make check`: everything that can be known without running a server. Reports all of it, not the first only. */
const root = join(import.meta.dirname, '..')
const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' }
const run = $({ cwd: root, env, nothrow: true, quiet: true })

const checks: Record<string, string[]> = {
  types: ['tsc', '-p', '.'],
  'lint and format': ['biome', 'ci', '--colors=off', '.'],
  'import rules': ['vitest', 'run', '--project', 'unit', 'scripts/imports.test.ts'],
  'generated files': ['tsx', 'scripts/settings/generate.ts', '--check'],
  'unused code': ['knip'],
}

for (const [name, argv] of Object.entries(checks)) {
  const result = await run`npx --no-install ${argv}`
  process.stdout.write(`${result.exitCode === 0 ? 'ok    ' : 'FAILED'}  ${name}\n`)
  if (result.exitCode === 0) continue
  process.stdout.write(`${result.stdout}${result.stderr}`.replace(/^npm warn.*\n/gm, ''))
  process.exitCode = 1
}

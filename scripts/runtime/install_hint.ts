import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

/** What to type on this system to install something; scripts/setup.sh knows the systems. */
export function howToInstall(what: 'docker' | 'postgresql'): string {
  const setup = join(import.meta.dirname, '..', 'setup.sh')
  const { stdout } = spawnSync('bash', [setup, '--say', what], { encoding: 'utf8', timeout: 10_000 })
  return stdout?.trim() || 'make setup says what to install here.'
}

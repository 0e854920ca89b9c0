import { optionNames, optionOf } from '../../settings/options.ts'
import { type Finding, note, ok } from './finding.ts'
import type { Patient } from './patient.ts'

/**
 * Variables of the environment that are about PostgreSQL: somebody set them once, for something else, and wonders now.
 * Their names only, for a value may be a secret.
 */
export function examineVariables(
  { sources }: Pick<Patient, 'sources'>,
  env: NodeJS.ProcessEnv = process.env,
): Finding {
  const known = optionNames.filter(name => sources[name] === 'environment').map(name => optionOf(name))
  const counts = known
    .flatMap(({ env: name, aliases }) => [name, ...aliases].flatMap(word => [word, `${word}_FILE`]))
    .filter(
      name => env[name] !== undefined && /^(PG|POSTGRES_|BACKUP|DATA_DIR|IMAGE|CONTAINER|RUNTIME)/.test(name),
    )
  const strangers = Object.keys(env).filter(
    name => /^PG[A-Z]/.test(name) && !optionNames.some(option => isName(option, name)),
  )
  const parts = [
    ...(counts.length > 0 ? [`these count: ${counts.join(', ')}`] : []),
    ...(strangers.length > 0 ? [`these mean nothing to the toolkit: ${strangers.join(', ')}`] : []),
  ]
  if (parts.length === 0) return ok('variables', 'nothing about PostgreSQL in the environment')
  return note(
    'variables',
    `in the environment, ${parts.join('; ')}`,
    'make config shows what counts. unset takes one away; db/.env is where to keep what you want.',
  )
}

function isName(option: (typeof optionNames)[number], name: string): boolean {
  const { env, aliases } = optionOf(option)
  return [env, ...aliases].some(word => name === word || name === `${word}_FILE`)
}

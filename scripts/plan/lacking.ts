import type { Settings } from '../settings/options.ts'

/** What a database needs of the server that it comes to. */
export type Needs = {
  roles: readonly { name: string; as: readonly ('owner' | 'privileges' | 'policy')[] }[]
  /** They own jobs of TimescaleDB, which run as them whoever owns the tables. */
  jobOwners: readonly string[]
  extensions: readonly { name: string; version: string }[]
  tablespaces: readonly string[]
  /** A file that has the roles, with their passwords. */
  rolesFile: string | null
}

export type Offers = {
  roles: readonly string[]
  tablespaces: readonly string[]
  /** Versions of each extension that can be created. */
  extensions: ReadonlyMap<string, readonly string[]>
  timescaledbLoaded: boolean
}

/** All that is missing at once, in words, and the words that help; nothing where nothing is. */
export function lackingOn(
  offers: Offers,
  needs: Needs,
  settings: Pick<Settings, 'noOwner' | 'noAcl' | 'noTablespaces'>,
): { problems: string[]; hints: string[] } {
  const parts = [
    roles(offers, needs, settings),
    extensions(offers, needs),
    tablespaces(offers, needs, settings),
  ]
  return { problems: parts.flatMap(p => p.problems), hints: parts.flatMap(p => p.hints) }
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

function roles(offers: Offers, needs: Needs, settings: Pick<Settings, 'noOwner' | 'noAcl'>) {
  const wanted = needs.roles.filter(
    ({ as }) =>
      as.includes('policy') ||
      (as.includes('owner') && !settings.noOwner) ||
      (as.includes('privileges') && !settings.noAcl),
  )
  const names = [...new Set([...wanted.map(({ name }) => name), ...needs.jobOwners])]
  const missing = names.filter(name => !offers.roles.includes(name)).sort()
  if (missing.length === 0) return { problems: [], hints: [] }
  return {
    problems: missing.map(name => `role “${name}” does not exist`),
    hints: [
      `Make the roles first: ${missing.map(name => `CREATE ROLE ${quoted(name)};`).join(' ')}`,
      ...(needs.rolesFile ? [`${needs.rolesFile} has them with their passwords.`] : []),
      'Or leave owners and privileges out: NO_OWNER=1 NO_ACL=1',
    ],
  }
}

function extensions(offers: Offers, needs: Needs) {
  const problems: string[] = []
  const hints: string[] = []
  for (const { name, version } of needs.extensions) {
    const versions = offers.extensions.get(name)
    if (versions === undefined) problems.push(`extension “${name}” is not installed on the server`)
    else if (name === 'timescaledb' && !versions.includes(version))
      problems.push(`TimescaleDB ${version} is not installed on the server, which has ${versions.join(', ')}`)
  }
  if (problems.length > 0) {
    hints.push(
      'Install what is missing there. TimescaleDB restores into the very version that it was dumped from;\nALTER EXTENSION timescaledb UPDATE comes afterwards.',
    )
  }
  const wantsTimescale = needs.extensions.some(({ name }) => name === 'timescaledb')
  if (wantsTimescale && offers.extensions.has('timescaledb') && !offers.timescaledbLoaded) {
    problems.push('shared_preload_libraries of the server does not have timescaledb')
    hints.push('Add it to postgresql.conf, and restart the server.')
  }
  return { problems, hints }
}

function tablespaces(offers: Offers, needs: Needs, { noTablespaces }: Pick<Settings, 'noTablespaces'>) {
  const missing = noTablespaces ? [] : needs.tablespaces.filter(name => !offers.tablespaces.includes(name))
  return {
    problems: missing.map(name => `tablespace “${name}” does not exist`),
    hints: missing.length > 0 ? ['Make it, or put everything into the default one: NO_TABLESPACES=1'] : [],
  }
}

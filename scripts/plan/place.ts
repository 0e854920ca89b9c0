import type { ImageFacts } from '../runtime/runtime.ts'

/** How messages call the place that PostgreSQL comes from, an image or an installation, and how to get another one. */
type Place = Pick<ImageFacts, 'place' | 'image'>

export const called = ({ place, image }: Place): string =>
  place === 'image' ? `the image ${image}` : `the installation ${image}`

/** A sentence without its end: another major version of PostgreSQL, in the same runtime. */
export const anotherMajor = ({ place }: Pick<Place, 'place'>, major: number): string =>
  place === 'image'
    ? `Set IMAGE to one of PostgreSQL ${major}, for example IMAGE=postgres:${major}`
    : `Install PostgreSQL ${major} beside it (Debian and Ubuntu: sudo apt-get install postgresql-${major}), or name its folder in PG_BIN`

/** A backup or a record says by a path that RUNTIME=local made it, else by the name of an image. */
export const isInstallation = (name: string): boolean => name.startsWith('/')

const missing = {
  none: 'no TimescaleDB, so hypertables become plain tables',
  apache: 'the Apache edition of TimescaleDB, without compression, continuous aggregates and policies',
  tsl: undefined,
} as const

/** What is used where there is no engine, and what it cannot do: the first line of whatever works with it. */
export function describeInstallation(facts: ImageFacts): string {
  const lacks = [
    missing[facts.timescaledbEdition],
    facts.major < 17 ? 'no incremental backups before PostgreSQL 17' : undefined,
  ].filter(Boolean)
  const timescaledb = facts.timescaledb.length > 0 ? ` with TimescaleDB ${facts.timescaledb.join(', ')}` : ''
  const used = `Using PostgreSQL ${facts.version} of this machine (${facts.image})${timescaledb}`
  return lacks.length > 0 ? `${used}: ${lacks.join('; ')}.` : `${used}.`
}

import { join } from 'node:path'
import { clusterFolders } from '../settings/cluster_folders.ts'
import { shellWord } from '../terminal/shell_words.ts'
import { tablespacesSeen } from './server.ts'
import { stampOf } from './stamp.ts'

type Kind = Parameters<typeof tablespacesSeen>[0]

export type SalvagedTablespace = {
  oid: string
  /** Where it is now, and the folder that has to be seen for that. */
  from: string
  within: string
  to: string
  /** As the server of the copy will see it. */
  seenAs: string
}

export type SalvagePlan = {
  target: string
  copy: string
  partial: string
  image: string
  control: 'in order' | 'lost'
  /** As the control file has it. */
  state: string
  wal: 'there' | 'lost'
  tablespaces: readonly SalvagedTablespace[]
  bytes: number
  options: readonly string[]
}

/** Folders of the plan, by the copy's name; the copy bears `.partial` until everything is done. */
export const salvageNames = (target: string, now: Date): Pick<SalvagePlan, 'copy' | 'partial'> => {
  const copy = `${target}.salvage-${stampOf(now)}`
  return { copy, partial: `${copy}.partial` }
}

/** What is left over of a run that was killed: names beside the target. */
export const salvageRemain = (name: string, targetName: string): boolean =>
  name.startsWith(`${targetName}.salvage-`) && name.endsWith('.partial')

type Source = {
  kind: Kind
  target: string
  copy: string
  links: readonly { oid: string; location: string }[]
  /** Of the cluster's record. */
  mapped: readonly { source: string; target: string }[]
}

/**
 * Where each tablespace lies on this machine, and where its copy goes: a copy with the same links would change the
 * files of the original.
 */
export function planTablespaces({ kind, target, copy, links, mapped }: Source): SalvagedTablespace[] {
  const own = clusterFolders(copy).tablespaces
  // Data from before a restore has left its tablespaces where they were.
  const within = clusterFolders(target.replace(/\.before-restore-\d{8}_\d{6}$/, '')).tablespaces
  const inContainer = `${tablespacesSeen(kind, target)}/`
  return links.map(({ oid, location }) => {
    const to = { to: join(own, oid), seenAs: join(tablespacesSeen(kind, copy), oid) }
    const known = mapped.find(m => m.target === location)?.source
    if (known !== undefined) return { oid, from: known, within: known, ...to }
    return kind === 'docker' && location.startsWith(inContainer)
      ? { oid, from: join(within, location.slice(inContainer.length)), within, ...to }
      : { oid, from: location, within: location, ...to }
  })
}

export const destroyed = [
  'Everything that was only in the WAL: transactions since the last checkpoint may be gone, whole or in part.',
  'Transactions that were open, or cut in half, may show as if they had been committed.',
  'Indexes, constraints and foreign keys may contradict the tables: a row may be found twice, or by one query only.',
  'The timeline and the chain of incremental backups end here: no WAL from before leads to the copy.',
  'Standbys and replication slots of this cluster do not fit the copy.',
  'Nobody can say what is missing. The copy is for reading what is left, never for working on.',
] as const

/** The plan as a person reads it. */
export function describeSalvage(plan: SalvagePlan, size: string): string {
  return [
    `Salvage ${plan.target} (${size})`,
    `  copy to      ${plan.copy}   the original is not touched`,
    ...plan.tablespaces.map(t => `  tablespace   ${t.oid}: ${t.from} to ${t.to}`),
    `  with         ${plan.image}`,
    `  cluster was  ${plan.state}; its WAL is ${plan.wal}; its control file is ${plan.control}`,
    `  then         pg_resetwal on the copy${plan.options.length > 0 ? ` ${plan.options.join(' ')}` : ''}`,
    '',
    'What pg_resetwal destroys in the copy, for good:',
    ...destroyed.map(line => `  - ${line}`),
  ].join('\n')
}

/** NAME=value for make, which takes a dollar sign for its own. */
const answer = (name: string, value: string | number): string =>
  `${name}=${shellWord(String(value).replaceAll('$', '$$$$'))}`

export type Afterwards = {
  kind: Kind
  engine: string
  copy: string
  image: string
  container: string
  port: number
  user: string
}

/** What to do with the copy, as commands. */
export function afterwards({ kind, engine, copy, image, container, port, user }: Afterwards) {
  const place = `${answer('DATA_DIR', copy)} ${answer('CONTAINER', container)} ${answer('PGPORT', port)}`
  const program = (name: string, ...rest: string[]) =>
    [
      ...(kind === 'docker'
        ? [engine, 'exec', '--user', 'postgres', container, name]
        : [join(image, name), '--host=127.0.0.1']),
      ...[`--port=${port}`, `--username=${user}`],
      ...rest,
    ]
      .map(shellWord)
      .join(' ')
  return {
    start: `make start ${place}`,
    look: `make psql ${place}`,
    dump: [
      `${program('pg_dumpall', '--globals-only')} > globals.sql`,
      `${program('pg_dump', '--format=custom', 'postgres')} > postgres.dump`,
    ],
    stop: `make stop ${place}`,
  }
}

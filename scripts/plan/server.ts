import { basename, join } from 'node:path'
import type { ClusterRecord } from '../postgres/cluster_record.ts'
import type { DataDirectory } from '../postgres/data_directory.ts'
import type { ImageFacts, Runtime, ServerPlan } from '../runtime/runtime.ts'
import { clusterFolders } from '../settings/cluster_folders.ts'
import type { Settings } from '../settings/options.ts'
import { anotherMajor, called } from './place.ts'
import { recoveryMinimums } from './recovery.ts'

export type Kind = Runtime['kind']

/** Where the server sees what belongs to it: in its container, or where it lies on this machine. */
export function serverPlaces(kind: Kind, dataDir: string, image: Pick<ImageFacts, 'pgdata'>) {
  const { data, run, log, tablespaces } = clusterFolders(dataDir)
  if (kind === 'local') return { data, configuration: run, log, tablespaces, password: undefined }
  return {
    data: image.pgdata,
    configuration: '/etc/timescaledb-toolkit',
    log: '/var/log/timescaledb-toolkit',
    tablespaces: containerTablespaces,
    password: '/run/secrets/timescaledb-toolkit-password',
  }
}
const containerTablespaces = '/var/lib/postgresql/tablespaces'

/** Where a cluster finds the tablespaces that lie in our own folder. */
export const tablespacesSeen = (kind: Kind, dataDir: string): string =>
  kind === 'local' ? clusterFolders(dataDir).tablespaces : containerTablespaces

export type ServerFactsForPlan = {
  kind: Kind
  settings: Pick<Settings, 'container' | 'dataDir' | 'port' | 'shmSize' | 'user' | 'database'>
  image: ImageFacts
  dataDirectory: DataDirectory
  record: ClusterRecord | undefined
  network: 'host' | 'bridge'
  /** The user's db/config/postgres/postgresql.conf. */
  configuration: string
  /** Only when a cluster is made: the file with its first password. */
  passwordFile?: string
  /** After a restore: TimescaleDB's jobs stay where they are, for a retention policy would delete what was just restored. */
  holdJobs: boolean
}

/** For the inside of single quotes in postgresql.conf. */
const quoted = (value: string): string =>
  value.replaceAll("'", "''").replaceAll('\\', '\\\\').replaceAll('\n', '\\n')

/** The configuration file that the server starts with: the cluster's own, then ours, then the user's. */
export function serverConfiguration(facts: ServerFactsForPlan): string {
  const { kind, settings, image, dataDirectory, configuration } = facts
  const { data } = serverPlaces(kind, settings.dataDir, image)
  const lacksItsOwn = dataDirectory.state === 'cluster' && !dataDirectory.hasConfiguration
  return [
    '# Written by make start; change db/config/postgres/postgresql.conf instead.',
    `include_if_exists '${quoted(join(data, 'postgresql.conf'))}'`,
    ...(lacksItsOwn && image.timescaledb.length > 0
      ? ['# This data directory came without a postgresql.conf.', "shared_preload_libraries = 'timescaledb'"]
      : []),
    ...(image.major >= 17
      ? ['# Which blocks changed: makes incremental backups possible.', 'summarize_wal = on']
      : []),
    '',
    configuration,
  ].join('\n')
}

const recoveryOptions = ({ dataDirectory }: ServerFactsForPlan): Record<string, string> =>
  dataDirectory.recoverySignal
    ? {
        ...recoveryMinimums(dataDirectory),
        // Recovery without an archive: every request for a file is answered with “not there”.
        restore_command: 'false',
      }
    : {}

/** What salvage has made is for reading what is left: nothing may go on there by itself, and no WAL of it be kept. */
const salvagedOptions = { archive_mode: 'off', autovacuum: 'off', default_transaction_read_only: 'on' }

/** The container of our own database. */
export function planServer(facts: ServerFactsForPlan): ServerPlan {
  const { settings, image, record, network, passwordFile } = facts
  const folders = clusterFolders(settings.dataDir)
  const seen = serverPlaces(facts.kind, settings.dataDir, image)
  const password = seen.password ?? passwordFile
  const restored = record?.restored_from !== undefined
  const archiveIsWanted = /^\s*archive_mode\s*=/m.test(facts.configuration)
  const options: Record<string, string> = {
    config_file: join(seen.configuration, 'postgresql.conf'),
    hba_file: join(seen.configuration, 'pg_hba.conf'),
    log_directory: seen.log,
    listen_addresses: network === 'host' ? '127.0.0.1' : '*',
    port: String(settings.port),
    ...recoveryOptions(facts),
    ...(record?.salvaged_at !== undefined && salvagedOptions),
    // A restored copy must not write into the archive of the server that it came from.
    ...(restored && !archiveIsWanted && { archive_mode: 'off' }),
    ...((facts.holdJobs || record?.salvaged_at !== undefined) &&
      image.timescaledb.length > 0 && { 'timescaledb.max_background_workers': '0' }),
  }
  return {
    container: settings.container,
    image: image.image,
    mounts: [
      { source: folders.data, target: seen.data, mode: 'rw' },
      { source: folders.run, target: seen.configuration, mode: 'ro' },
      { source: folders.log, target: seen.log, mode: 'rw' },
      { source: folders.tablespaces, target: seen.tablespaces, mode: 'rw' },
      ...(record?.tablespaces ?? []).map(({ source, target }) => ({ source, target, mode: 'rw' as const })),
      ...(passwordFile ? [{ source: passwordFile, target: password ?? '', mode: 'ro' as const }] : []),
    ],
    env: {
      PGDATA: seen.data,
      ...(passwordFile && {
        POSTGRES_USER: settings.user,
        POSTGRES_DB: settings.database,
        POSTGRES_PASSWORD_FILE: password ?? '',
        POSTGRES_INITDB_ARGS: '--data-checksums --auth-host=scram-sha-256',
      }),
    },
    network,
    port: settings.port,
    shmSize: settings.shmSize,
    dataDir: settings.dataDir,
    argv: ['postgres', ...Object.entries(options).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
  }
}

export type Misfit = { what: string; why: string; hint: string }

/** A container and this machine neither see each other's server nor agree on whose the files are. */
export function otherRuntime(
  record: Pick<ClusterRecord, 'runtime'> | undefined,
  kind: Kind,
  dataDir: string,
): Misfit | undefined {
  if (record === undefined || record.runtime === kind) return undefined
  return {
    what: `${basename(dataDir)} was made with RUNTIME=${record.runtime}, this is RUNTIME=${kind}.`,
    why: 'The data belongs to another user there, and text may sort otherwise.',
    hint: `Set RUNTIME=${record.runtime} in db/.env. To move the data: make save there, and restore with RUNTIME=${kind} into another DATA_DIR.`,
  }
}

/** After an upgrade of the system there is no way back to the old C library, other than by an image. */
const otherLibc = (record: ClusterRecord, image: ImageFacts, dataDir: string): string =>
  image.place === 'image'
    ? `Use the image that made it: IMAGE=${record.image}${record.image_digest ? `@${record.image_digest}` : ''}. To change images, dump and restore: docs/UPGRADE.md`
    : `Was the system upgraded? Then the indexes on text have to be made anew: docs/MACHINES.md, “After an upgrade of the system”, says how.\nIt changes libc_version in ${dataDir}.cluster.json to ${image.libcVersion}, starts, and runs REINDEX at once.`

/** Refuses to open a data directory with something that did not make it; undefined where all is well. */
export function misfit(
  image: ImageFacts,
  dataDirectory: DataDirectory,
  record: ClusterRecord | undefined,
  dataDir: string,
  kind: Kind,
): Misfit | undefined {
  if (dataDirectory.state !== 'cluster') return undefined
  const name = basename(dataDir)
  const elsewhere = otherRuntime(record, kind, dataDir)
  if (elsewhere) return elsewhere
  if (dataDirectory.major !== undefined && dataDirectory.major !== image.major) {
    return {
      what: `The data directory belongs to PostgreSQL ${dataDirectory.major}, ${called(image)} is PostgreSQL ${image.major}.`,
      why: 'A data directory can be opened by its own major version only.',
      hint: `${anotherMajor(image, dataDirectory.major)}, or choose another DATA_DIR. To move to a newer version: docs/UPGRADE.md`,
    }
  }
  if (record === undefined) return undefined
  const sameLibc =
    record.libc === image.libc && (image.libc === 'musl' || record.libc_version === image.libcVersion)
  if (!sameLibc) {
    return {
      what: `${name} was made with ${record.libc} ${record.libc_version}, ${called(image)} has ${image.libc} ${image.libcVersion}.`,
      why: 'Text sorts otherwise on another C library: indexes would be silently wrong.',
      hint: otherLibc(record, image, dataDir),
    }
  }
  if (record.timescaledb_edition !== image.timescaledbEdition && record.timescaledb_edition !== 'none') {
    return {
      what: `${name} was made with the ${record.timescaledb_edition} edition of TimescaleDB, ${called(image)} has ${image.timescaledbEdition === 'none' ? 'none' : `the ${image.timescaledbEdition} edition`}.`,
      why: 'What one edition wrote (compressed chunks, continuous aggregates) the other cannot read.',
      hint:
        image.place === 'image'
          ? `Use the image that made it: IMAGE=${record.image}. To change images, dump and restore: docs/UPGRADE.md`
          : 'Install the edition that made it (https://docs.tigerdata.com/self-hosted/latest/install/).',
    }
  }
  return undefined
}

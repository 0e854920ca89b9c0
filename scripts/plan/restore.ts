import { basename, join } from 'node:path'
import type { PhysicalMetadata } from '../catalog/metadata.ts'
import type { ImageFacts } from '../runtime/runtime.ts'
import { clusterFolders } from '../settings/cluster_folders.ts'
import { anotherMajor, called, isInstallation } from './place.ts'
import { type Kind, type Misfit, tablespacesSeen } from './server.ts'
import { stampOf } from './stamp.ts'

/** What a restore has to know of a backup, ours or somebody else's. */
export type RestoreSource = {
  id: string
  format: 'tar' | 'plain'
  major: number
  totalBytes: number
  files: number
  tablespaces: readonly { oid: string; name?: string; location: string }[]
  metadata: PhysicalMetadata | undefined
}

export type TablespacePlacement = {
  oid: string
  folder: string
  /** The same folder as the server knows it. */
  seenAs: string
  /** A folder of the user's choice; the others lie in our own. */
  mapped: boolean
}

export type RestorePlan = {
  source: RestoreSource
  target: string
  /** The destination in words, where it is more than a folder. */
  into?: string
  /** Where it is unpacked; the target itself when in place. */
  staging: string
  /** What the former data is called afterwards; undefined where there is none or it is cleared. */
  former: string | undefined
  inPlace: boolean
  tablespaces: TablespacePlacement[]
  image: string
}

const editionWord = { tsl: 'the full edition', apache: 'the Apache edition', none: 'no TimescaleDB' } as const

/** What to restore with instead. A backup that RUNTIME=local made names a folder, which is no image. */
function whatFits({ major, metadata }: RestoreSource, image: ImageFacts): string {
  const made = metadata?.server.image
  const sameImage = made === undefined || isInstallation(made) ? `postgres:${major}` : made
  if (image.place === 'image') return `Restore with the image that fits: make restore IMAGE=${sameImage} …`
  const inContainer = `make restore RUNTIME=docker IMAGE=${sameImage} DATA_DIR=/another/folder …`
  return image.major === major
    ? `Restore it where it fits: on a machine like the one that made it, or in a container: ${inContainer}`
    : `${anotherMajor(image, major)}. Or restore it in a container: ${inContainer}`
}

/** Why this image cannot open that backup; undefined where it can. Unknown facts are no reason. */
export function restoreMisfit(source: RestoreSource, image: ImageFacts): Misfit | undefined {
  const { metadata } = source
  const useIt = whatFits(source, image)
  if (source.major !== image.major) {
    return {
      what: `The backup is of PostgreSQL ${source.major}, ${called(image)} is PostgreSQL ${image.major}.`,
      why: 'A physical backup can be opened by its own major version only.',
      hint: `${useIt}\nTo move to another version: docs/UPGRADE.md`,
    }
  }
  if (metadata === undefined) return undefined
  const { server } = metadata
  if (server.architecture !== 'unknown' && server.architecture !== image.architecture) {
    return {
      what: `The backup is of a ${server.architecture} server, ${called(image)} is for ${image.architecture}.`,
      why: 'Data files differ between architectures.',
      hint: 'Restore it on a machine of that architecture, or dump and restore.',
    }
  }
  const missing = server.timescaledb.find(({ version }) => !image.timescaledb.includes(version))
  if (missing) {
    return {
      what: `Database “${missing.database}” needs TimescaleDB ${missing.version}, which ${called(image)} does not have.`,
      why: `It has ${image.timescaledb.join(', ') || 'no TimescaleDB'}.`,
      hint: `${useIt}\nUpgrade the extension after the restore, never with it.`,
    }
  }
  const full = server.timescaledb.find(({ edition }) => edition === 'tsl')
  if (full && image.timescaledbEdition !== 'tsl') {
    return {
      what: `Database “${full.database}” uses the full edition of TimescaleDB, ${called(image)} has ${editionWord[image.timescaledbEdition]}.`,
      why: 'Compressed chunks and continuous aggregates cannot be read without it.',
      hint: useIt,
    }
  }
  return libcMisfit(server.libc, image, useIt)
}

function libcMisfit(
  libc: PhysicalMetadata['server']['libc'],
  image: ImageFacts,
  useIt: string,
): Misfit | undefined {
  const unknown = libc.kind === 'unknown' || (libc.kind === 'glibc' && libc.version === undefined)
  if (unknown || (libc.kind === image.libc && (libc.kind === 'musl' || libc.version === image.libcVersion))) {
    return undefined
  }
  return {
    what: `The backup was made with ${[libc.kind, libc.version].filter(Boolean).join(' ')}, ${called(image)} has ${image.libc} ${image.libcVersion}.`,
    why: 'Text sorts otherwise on another C library: indexes would be silently wrong.',
    hint: `${useIt}\n${image.place === 'image' ? 'To change images, dump' : 'To move it here, dump'} and restore: docs/UPGRADE.md`,
  }
}

export type RestoreInput = {
  kind: Kind
  source: RestoreSource
  image: string
  target: string
  into?: string | undefined
  targetHoldsData: boolean
  inPlace: boolean
  /** `<oid, name or old path>=<folder>` pairs; folders are absolute. */
  tablespaceMap: ReadonlyMap<string, string>
  /** Where the server finds a folder of that map. */
  seen?: (folder: string) => string
  now: Date
}

/** Where everything goes. Tablespaces get new folders, so that the former data keeps its own until it is discarded. */
export function planRestore(input: RestoreInput): RestorePlan {
  const { source, target, inPlace } = input
  const stamp = stampOf(input.now)
  const own = clusterFolders(target).tablespaces
  const seen = tablespacesSeen(input.kind, target)
  return {
    source,
    target,
    ...(input.into !== undefined && { into: input.into }),
    staging: inPlace ? target : `${target}.restoring-${stamp}`,
    former: input.targetHoldsData && !inPlace ? `${target}.before-restore-${stamp}` : undefined,
    inPlace,
    image: input.image,
    tablespaces: source.tablespaces.map(({ oid, name, location }) => {
      const mapped = [oid, name, location].map(key => input.tablespaceMap.get(key ?? '')).find(Boolean)
      const folder = `${oid}-${stamp}`
      return mapped
        ? { oid, folder: mapped, seenAs: input.seen?.(mapped) ?? mapped, mapped: true }
        : { oid, folder: join(own, folder), seenAs: join(seen, folder), mapped: false }
    }),
  }
}

/**
 * Whether a name beside a data directory is one that a restore has put aside. Not its record, and not the folders
 * that a server makes beside it when somebody looks at it.
 */
export const isFormer = (dataDir: string, name: string): boolean =>
  name.startsWith(`${basename(dataDir)}.before-restore-`) && /-\d{8}_\d{6}$/.test(name)

type Located = { tablespaces: readonly { location: string }[] }

/**
 * The tablespaces of a cluster that lie in our own folder and that none of the others uses: their names below it.
 * `seen` is that folder as the clusters know it.
 */
export function ownTablespaces(seen: string, cluster: Located, others: readonly Located[]): string[] {
  const below = `${seen}/`
  const used = others.flatMap(other => other.tablespaces.map(t => t.location))
  return cluster.tablespaces
    .map(t => t.location)
    .filter(path => path.startsWith(below) && !path.split('/').includes('..'))
    .filter(path => !used.some(other => other === path || other.startsWith(`${path}/`)))
    .map(path => path.slice(below.length))
}

/** The plan as a person reads it. */
export function describeRestore(plan: RestorePlan, size: string, running: boolean): string {
  const { source, target } = plan
  const made = source.metadata ? `, saved ${source.metadata.started_at}` : ', not made by this toolkit'
  const label = source.metadata?.label ? ` “${source.metadata.label}”` : ''
  return [
    `Restore ${source.id}${label} (${size}, PostgreSQL ${source.major}${made})`,
    `  into     ${plan.into ?? target}`,
    `  with     ${plan.image}`,
    ...plan.tablespaces.map(t => `  tablespace ${t.oid} into ${t.folder}`),
    ...(plan.inPlace ? ['  WHAT IS THERE NOW IS DELETED FIRST (IN_PLACE=1)'] : []),
    ...(plan.former ? [`  what is there now is kept as ${basename(plan.former)}`] : []),
    ...(running ? ['  the running database is stopped for it and started again afterwards'] : []),
  ].join('\n')
}

/** Keys of TABLESPACE_MAP that name no tablespace of the backup: a slip of the finger would be ignored in silence. */
export function unknownTablespaces(source: RestoreSource, map: ReadonlyMap<string, string>): string[] {
  const known = source.tablespaces.flatMap(({ oid, name, location }) => [oid, name, location])
  return [...map.keys()].filter(key => !known.includes(key))
}

/**
 * Reads TABLESPACE_MAP; as in pg_basebackup, a comma or an equals sign of a path is escaped by a backslash.
 * @throws Error that says what is wrong with it.
 */
export function parseTablespaceMapping(
  text: string,
  absolute: (path: string) => string,
): Map<string, string> {
  const pairs = text.split(/(?<!\\),/).map(pair => pair.trim())
  return new Map(
    pairs.filter(Boolean).map(pair => {
      const [key, folder] = pair.split(/(?<!\\)=(.*)/s).map(half => half.trim().replace(/\\([,=])/g, '$1'))
      if (!key || !folder) throw new Error(`“${pair}” is not <oid or old path>=<folder>`)
      return [key, absolute(folder)]
    }),
  )
}

import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { PhysicalBackup } from '../catalog/catalog.ts'
import { sha256File } from '../catalog/hash.ts'
import { ToolkitError } from '../errors.ts'
import type { RestoreSource } from '../plan/restore.ts'
import { fileBytes, inspectDataDirectory } from '../postgres/data_directory.ts'
import { plainMajor, readForeignTar } from '../postgres/foreign_backup.ts'
import { readManifest } from '../postgres/manifest.ts'
import type { ImageFacts, Runtime } from '../runtime/runtime.ts'
import type { Context } from '../settings/command.ts'
import { createProgress } from '../terminal/progress.ts'

/**
 * Every archive with the size and the SHA-256 of the day it was made, before anything is touched.
 * @throws ToolkitError verification naming the file.
 */
export async function checkArchives(
  backup: PhysicalBackup,
  { signal, progress: shown }: Context,
): Promise<void> {
  const files = backup.metadata?.files ?? []
  refuseStrangers(backup)
  const total = files.reduce((sum, file) => sum + file.bytes, 0)
  const progress = await createProgress('Checking', shown)
  let done = 0
  const onBytes = (bytes: number) => {
    done += bytes
    progress.update(done, total)
  }
  try {
    for (const file of files) {
      const path = join(backup.contents.folder, file.name)
      const found = await stat(path).catch(() => undefined)
      if (found === undefined) throw damaged(backup, `${file.name} is missing`)
      if (found.size !== file.bytes)
        throw damaged(backup, `${file.name} has ${found.size} bytes instead of ${file.bytes}`)
      if ((await sha256File(path, { signal, onBytes })) !== file.sha256) {
        throw damaged(backup, `the content of ${file.name} changed (SHA-256 differs)`)
      }
    }
  } finally {
    progress.stop()
  }
}

/** An archive that somebody laid beside ours would be unpacked over it. */
function refuseStrangers({ id, metadata, contents }: PhysicalBackup): void {
  const known = metadata && new Set(metadata.files.map(f => f.name))
  const strangers = contents.archives.filter((archive, at) =>
    known
      ? !known.has(archive.name)
      : contents.archives.findIndex(a => a.role === archive.role && a.oid === archive.oid) !== at,
  )
  if (strangers[0] === undefined) return
  throw new ToolkitError('verification', {
    what: known
      ? `${strangers[0].name} lies in ${id} and is not part of it.`
      : `${id} holds ${strangers[0].name} and another archive of the same files.`,
    hint: 'Nothing was changed. Find out where it comes from, move it away, and try again.',
  })
}

const damaged = (backup: PhysicalBackup, why: string): ToolkitError =>
  new ToolkitError('verification', {
    what: `${backup.id} is damaged: ${why}.`,
    hint: 'Nothing was changed. make list shows other backups, make verify checks them.',
  })

/**
 * What there is to know of a backup: from its metadata, else from its manifest and its files, which are not read
 * beyond `room` bytes.
 */
export async function describeSource(
  runtime: Runtime,
  backup: PhysicalBackup,
  image: ImageFacts,
  room: number,
  context: Context,
): Promise<RestoreSource> {
  const { metadata, contents, id } = backup
  const { format } = contents
  if (format === 'tar' && !contents.archives.some(a => a.role === 'wal')) {
    throw new ToolkitError('verification', {
      what: `${id} has no pg_wal.tar.`,
      why: 'It was taken without its WAL (-X none, or -X fetch in a form that is not supported), and cannot become consistent by itself.',
      hint: 'Restore another backup. make list shows them.',
    })
  }
  if (metadata) {
    const { cluster_size_bytes: totalBytes, cluster_files: files, tablespaces } = metadata
    return {
      id,
      format,
      major: Number.parseInt(metadata.postgresql_version, 10),
      totalBytes,
      files,
      tablespaces,
      metadata,
    }
  }
  context.log.warn(
    `${id} has no metadata.json: reading it through to see what it is.\nNothing says which C library and TimescaleDB it was made with: it needs the image that it came from.`,
  )
  const source =
    format === 'tar'
      ? await foreignTar(runtime, backup, image, room, context)
      : await foreignPlain(runtime, backup, image, context)
  if (!Number.isInteger(source.major)) throw incomplete(id, 'PG_VERSION')
  const lost = source.tablespaces.find(t => !contents.archives.some(a => a.oid === t.oid))
  if (format === 'tar' && lost)
    throw incomplete(id, `${lost.oid}.tar, the tablespace that was in ${lost.location},`)
  return { id, format, metadata: undefined, ...source }
}

const incomplete = (id: string, missing: string): ToolkitError =>
  new ToolkitError('verification', {
    what: `${id} is not complete: ${missing} is missing.`,
    hint: 'Nothing was changed. make list shows other backups.',
  })

type Facts = Pick<RestoreSource, 'major' | 'totalBytes' | 'files' | 'tablespaces'>

async function foreignTar(
  runtime: Runtime,
  backup: PhysicalBackup,
  image: ImageFacts,
  room: number,
  context: Context,
): Promise<Facts> {
  const place = { runtime, image: image.image, signal: context.signal }
  const facts = await readForeignTar(backup.contents, place, room)
  if (!facts.hasLabel) throw withoutLabel(backup)
  return facts
}

async function foreignPlain(
  runtime: Runtime,
  backup: PhysicalBackup,
  image: ImageFacts,
  context: Context,
): Promise<Facts> {
  const data = backup.contents.dataFolder ?? backup.contents.folder
  const inspected = await inspectDataDirectory(runtime, image, data, context.signal)
  if (!inspected.backupLabel) throw withoutLabel(backup)
  const { manifestPath } = backup.contents
  const manifest = manifestPath ? await readManifest(manifestPath).catch(() => undefined) : undefined
  return {
    major: await plainMajor(data),
    // What is there counts, not only what the manifest lists: it is copied before it is refused.
    totalBytes: Math.max(manifest?.totalBytes ?? 0, await fileBytes(runtime, image, data, context.signal)),
    files: manifest?.files.size ?? 0,
    tablespaces: inspected.tablespaces,
  }
}

/** Without its label PostgreSQL would start recovery at the wrong checkpoint: silent corruption. */
const withoutLabel = (backup: PhysicalBackup): ToolkitError =>
  new ToolkitError('verification', {
    what: `${backup.id} has no backup_label.`,
    why: 'Without it PostgreSQL would begin recovery at the wrong checkpoint and lose data silently. Somebody deleted it, or this is no base backup but a copy of a data directory.',
    hint: 'Restore another backup. make list shows them.',
  })

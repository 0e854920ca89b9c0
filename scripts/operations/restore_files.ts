import { realpath } from 'node:fs/promises'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import type { PhysicalBackup } from '../catalog/catalog.ts'
import { ToolkitError } from '../errors.ts'
import type { RestorePlan } from '../plan/restore.ts'
import { type Archive, manifestPathOf } from '../postgres/backup_folder.ts'
import { dataProgram } from '../postgres/data_directory.ts'
import { formatTablespaceMap, refusedEntry } from '../postgres/foreign_backup.ts'
import { type Manifest, readManifest } from '../postgres/manifest.ts'
import { copyFolder, diskTrouble, type UnpackPlace, unpackArchive } from '../postgres/unpack.ts'
import { restoring } from '../postgres/volume.ts'
import type { Folder, ImageFacts, Runtime } from '../runtime/runtime.ts'
import type { Context } from '../settings/command.ts'
import { formatCount } from '../terminal/format.ts'
import { createProgress } from '../terminal/progress.ts'

/** Unpacks or copies everything into the staging folder; gives the number of files. */
export async function fillDataDirectory(
  runtime: Runtime,
  plan: RestorePlan,
  backup: PhysicalBackup,
  image: ImageFacts,
  context: Context,
): Promise<number> {
  const place: UnpackPlace = { runtime, image, signal: context.signal }
  const manifest = await openManifest(backup)
  const progress = await createProgress('Restoring', context.progress)
  let files = 0
  let bytes = 0
  const total = plan.source.files
  const count = (path: string) => {
    files += 1
    bytes += manifest?.files.get(path)?.bytes ?? 0
    progress.update(
      bytes,
      plan.source.totalBytes,
      `Extracted ${formatCount(files)}/${formatCount(Math.max(files, total))} files…`,
    )
  }
  try {
    if (plan.source.format === 'tar') {
      for (const archive of inOrder(backup.contents.archives)) {
        const target = targetOf(archive, plan)
        await unpackArchive(archive.path, target, place, name => count(manifestPathOf(archive, name)))
      }
    } else {
      await copyPlain(plan, backup, place, count)
    }
  } finally {
    progress.stop()
  }
  return files
}

async function openManifest(backup: PhysicalBackup): Promise<Manifest | undefined> {
  const { manifestPath } = backup.contents
  if (!manifestPath) return undefined
  return readManifest(manifestPath).catch(error => {
    throw new ToolkitError('verification', {
      what: `The manifest of ${backup.id} cannot be used: ${(error as Error).message}.`,
      hint: 'Nothing was changed. make list shows other backups.',
    })
  })
}

/** The base comes last: the control file is at its end, so what was cut off cannot start. */
const inOrder = (archives: readonly Archive[]): Archive[] => {
  const rank = { tablespace: 0, wal: 1, base: 2 }
  return [...archives].sort((a, b) => rank[a.role] - rank[b.role])
}

function targetOf(archive: Archive, plan: RestorePlan): string {
  if (archive.role === 'base') return plan.staging
  if (archive.role === 'wal') return join(plan.staging, 'pg_wal')
  const placed = plan.tablespaces.find(t => t.oid === archive.oid)
  if (placed) return placed.folder
  throw new ToolkitError('verification', {
    what: `${archive.name} is the archive of a tablespace that the backup does not speak of.`,
    hint: 'Restore another backup. make list shows them.',
  })
}

async function copyPlain(
  plan: RestorePlan,
  backup: PhysicalBackup,
  place: UnpackPlace,
  count: (path: string) => void,
): Promise<void> {
  const data = backup.contents.dataFolder ?? backup.contents.folder
  for (const { oid, folder } of plan.tablespaces) {
    const location = backup.metadata
      ? join(backup.contents.folder, 'tablespaces', oid)
      : linkOf(plan, oid, data)
    await copyFolder(location, folder, place, name => count(`pg_tblspc/${oid}/${name}`))
  }
  await copyFolder(data, plan.staging, place, count)
}

/** Where the link of a foreign backup's tablespace points. */
function linkOf(plan: RestorePlan, oid: string, data: string): string {
  const { location = '' } = plan.source.tablespaces.find(t => t.oid === oid) ?? {}
  return isAbsolute(location) ? location : resolve(data, 'pg_tblspc', location)
}

/**
 * One visit to the unpacked files: prove that they are a whole base backup, then make them ready. Takes the data
 * folder, the manifest or nothing, the option for its checksums, the new tablespace_map, the owner's ids, the
 * number of folders, the folders, and for each tablespace its oid, its folder now, and its path as the server will see it.
 */
const finish = `
data=$1 manifest=$2 checksums=$3 map=$4 owner=$5 folders=("\${@:7:$6}")
shift $((6 + $6))
cd "$data"
mkdir -p pg_wal pg_tblspc

# pg_basebackup writes no links and no special files into its archives.
odd=$(find "\${folders[@]}" \\( ! -type f ! -type d -o -type f -links +1 \\) | head -n 1)
[ -z "$odd" ] || { echo "$odd"; exit 31; }

# The label names the segment that recovery begins with.
[ -f backup_label ] || { echo 'backup_label is missing'; exit 32; }
[ -f global/pg_control ] || { echo 'global/pg_control is missing'; exit 32; }
segment=$(sed -n 's/^START WAL LOCATION: .*(file \\([0-9A-F]*\\)).*/\\1/p' backup_label)
[ -f "pg_wal/$segment" ] || { echo "pg_wal/$segment is missing, where recovery begins"; exit 32; }

# pg_verifybackup follows the links of tablespaces: for its sake they lead to where the files are now.
links=("$@")
while [ $# -gt 0 ]; do ln -s "$2" "pg_tblspc/$1"; shift 3; done
if [ -n "$manifest" ]; then
  # As “.”: it hands the path to a shell in double quotes, where a dollar sign would be taken for a variable.
  pg_verifybackup --quiet --ignore=${restoring} --manifest-path="$manifest" $checksums . 2>&1 || exit 32
fi

# As archive recovery, so that the restored cluster takes a timeline of its own.
rm -f postmaster.pid postmaster.opts standby.signal recovery.done .docker-init-unfinished
touch recovery.signal
printf '%s' "$map" > tablespace_map
[ -n "$map" ] || rm tablespace_map
set -- "\${links[@]}"
while [ $# -gt 0 ]; do ln -sfn "$3" "pg_tblspc/$1"; shift 3; done

for folder in "\${folders[@]}"; do
  chown -R "$owner" "$folder"
  chmod -R u=rwX,go= "$folder"
  sync -f "$folder" 2>/dev/null || sync
done
`

/**
 * Proves that what was unpacked is what the manifest lists, and makes it ready to start: as archive recovery, owned
 * by the server's user, on disk.
 * @throws ToolkitError verification
 */
export async function finishDataDirectory(
  runtime: Runtime,
  plan: RestorePlan,
  backup: PhysicalBackup,
  image: ImageFacts,
  { signal, log }: Context,
): Promise<void> {
  const { contents, metadata } = backup
  if (!contents.manifestPath)
    log.warn('This backup has no manifest: nobody can say whether all of its files are there.')
  const folders = [plan.staging, ...plan.tablespaces.map(t => t.folder)]
  const seen: Folder[] = [
    ...folders.map(path => ({ path, mode: 'rw' as const })),
    { path: contents.dataFolder ?? contents.folder, mode: 'ro' },
  ]
  // Where the manifest is a link, its file has to be seen as well.
  const manifestFolder = contents.manifestPath && dirname(await realpath(contents.manifestPath))
  if (manifestFolder && !seen.some(({ path }) => path === manifestFolder))
    seen.push({ path: manifestFolder, mode: 'ro' })
  // Our own archives were hashed before; of somebody else's the files' own checksums are all there is.
  const checksums = metadata?.format === 'tar' ? '--skip-checksums' : '--exit-on-error'
  const map = formatTablespaceMap(plan.tablespaces.map(t => ({ oid: t.oid, location: t.seenAs })))
  const links = plan.tablespaces.flatMap(t => [t.oid, t.folder, t.seenAs])
  const program = dataProgram(
    ...(['finish', image, seen, finish] as const),
    ...[plan.staging, contents.manifestPath ?? '', checksums, map, `${image.uid}:${image.gid}`],
    ...[String(folders.length), ...folders, ...links],
  )
  const output = await runtime.run(program, { signal })
  if (output.code === 0) return
  const why = [output.stdout, output.stderr].filter(Boolean).join('\n').split('\n').slice(0, 10).join('\n')
  if (output.code === 31) throw refusedEntry(backup.id, output.stdout, 'it is a link or a special file')
  if (output.code === 32) throw incomplete(backup, why)
  throw (
    diskTrouble(plan.staging, why) ??
    new ToolkitError('failed', { what: 'The restored files could not be made ready.', why })
  )
}

const incomplete = (backup: PhysicalBackup, why: string): ToolkitError =>
  new ToolkitError('verification', {
    what: `${backup.id} is not complete: it was unpacked, and does not hold what it should.`,
    why,
    hint: 'Nothing was changed. make list shows other backups, make verify DEEP=1 checks them.',
  })

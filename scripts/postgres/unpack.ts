import { existsSync } from 'node:fs'
import { realpath } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ToolkitError } from '../errors.ts'
import type { Folder, ImageFacts, Runtime } from '../runtime/runtime.ts'
import { algorithmOf, decompressArguments, decompressCommand, missingProgram } from './archive.ts'
import { unsafeEntry } from './backup_folder.ts'
import { dataProgram } from './data_directory.ts'
import { refusedEntry } from './foreign_backup.ts'

export type UnpackPlace = { runtime: Runtime; image: ImageFacts; signal: AbortSignal }

/**
 * `target archive program …`: the program makes a tar stream of the archive, which is unpacked into the target. tar would
 * take a backslash in the folder after -C for the beginning of an escape, and zstd refuses a file that is a link.
 */
const unpackScript = 'target=$1 archive=$2; shift 2; "$@" < "$archive" | (cd "$target" && tar -xvf -)'
/** The same when the stream comes from this machine. */
const unpackInput = 'cd "$1" && tar -xvf -'

/**
 * Unpacks an archive by the image's own tar, in a container that sees the archive and the target and nothing else:
 * an entry that tries to leave the target finds nothing to reach, and is refused.
 * @throws ToolkitError verification, space, prerequisite
 */
export async function unpackArchive(
  path: string,
  target: string,
  { runtime, image, signal }: UnpackPlace,
  onEntry: (name: string) => void,
): Promise<void> {
  const stop = new AbortController()
  const entries = AbortSignal.any([signal, stop.signal])
  let refused: ToolkitError | undefined
  const onStdout = (name: string) => {
    const unsafe = unsafeEntry(name, 'File')
    if (unsafe) {
      refused ??= refusedEntry(path, name, unsafe)
      stop.abort()
    } else if (!name.endsWith('/')) onEntry(name)
  }
  const algorithm = algorithmOf(path) ?? 'none'
  const inImage = algorithm === 'none' || image.tools.includes(algorithm)
  // Where an archive is a link, its file has to be seen as well.
  const folders = [...new Set([dirname(path), dirname(await realpath(path))])].map(
    (folder): Folder => ({ path: folder, mode: 'ro' }),
  )
  folders.push({ path: target, mode: 'rw' })
  const program = inImage
    ? dataProgram('unpack', image, folders, unpackScript, target, path, ...decompressCommand(path))
    : dataProgram('unpack', image, folders, unpackInput, target)
  const output = await runtime
    .run(program, { signal: entries, onStdout, ...(!inImage && { inputFrom: decompressArguments(path) }) })
    .catch(error => {
      throw refused ?? explainMissing(error, algorithm, image)
    })
  if (refused) throw refused
  if (output.code !== 0) throw explainUnpack(path, target, output.stderr)
}

function explainMissing(error: unknown, algorithm: string, { place }: Pick<ImageFacts, 'place'>): unknown {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return error
  const nobody = place === 'image' ? 'Neither the image nor this machine has' : 'This machine does not have'
  return missingProgram(
    algorithm,
    `${nobody} the program ${algorithm}, which made this backup smaller.`,
    error,
  )
}

/** The error of a disk that is full, read-only or broken, where that is what a program complained about. */
export function diskTrouble(target: string, stderr: string): ToolkitError | undefined {
  // tar speaks of a short write where the last bytes of the disk took a part of it.
  const words = /No space left on device|Disk quota exceeded|Wrote only \d+ of \d+ bytes/i
  const complaint = stderr.split('\n').findLast(line => words.test(line))
  if (complaint === undefined) return diskRefuses(target, stderr)
  return new ToolkitError('space', {
    what: `The disk of ${target} filled up.`,
    why: complaint,
    hint: 'Free some space, or restore to another disk: make restore TARGET=/another/disk/postgres …',
  })
}

/** A disk turns read-only by itself when its file system meets an error. */
function diskRefuses(target: string, stderr: string): ToolkitError | undefined {
  const complaint = stderr
    .split('\n')
    .findLast(line => /Read-only file system|Operation not permitted|Input\/output error/i.test(line))
  if (complaint === undefined) return undefined
  const broken = /Input\/output error/i.test(complaint)
  return new ToolkitError(broken ? 'failed' : 'prerequisite', {
    what: broken ? `The disk of ${target} reports an error.` : `The disk of ${target} cannot be written.`,
    why: complaint,
    hint: 'Look at dmesg and findmnt: a disk that meets an error turns read-only. The former data is untouched.\nOr restore to another disk: make restore TARGET=/another/disk/postgres …',
  })
}

function explainUnpack(path: string, target: string, stderr: string): ToolkitError {
  const why = stderr.split('\n').slice(-4).join('\n')
  const full = diskTrouble(target, stderr)
  if (full) return full
  if (/contains '\.\.'|Removing leading|unsafe/i.test(stderr)) return refusedEntry(path, '…', why)
  return new ToolkitError('verification', {
    what: `${path} cannot be unpacked: it is damaged or cut off.`,
    why,
    hint: 'The former data is untouched. make list shows other backups, make verify checks them.',
  })
}

/** An unpacked backup is copied; the control file last, so that a copy that was cut off cannot start. */
const copyScript = `
(cd "$1" && tar -cf - --exclude './pg_tblspc/*' --exclude ./global/pg_control --exclude ./metadata.json --exclude ./verified.json .) |
  (cd "$2" && tar -xvf -)
[ ! -f "$1/global/pg_control" ] || cp -p "$1/global/pg_control" "$2/global/pg_control"
`

/** Copies an unpacked backup, or one of its tablespaces. */
export async function copyFolder(
  source: string,
  target: string,
  { runtime, image, signal }: UnpackPlace,
  onEntry: (name: string) => void,
): Promise<void> {
  if (!existsSync(source)) {
    throw new ToolkitError('verification', {
      what: `The backup needs the folder ${source}, and it is not there.`,
      why: 'A tablespace of an unpacked backup lives where its link points.',
    })
  }
  const folders = [
    { path: source, mode: 'ro' as const },
    { path: target, mode: 'rw' as const },
  ]
  const program = dataProgram('copy', image, folders, copyScript, source, target)
  const onStdout = (name: string) => name.endsWith('/') || onEntry(name.replace(/^\.\//, ''))
  const output = await runtime.run(program, { signal, onStdout })
  if (output.code !== 0) throw explainUnpack(source, target, output.stderr)
}

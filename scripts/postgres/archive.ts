import { once } from 'node:events'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Parser, type ReadEntry } from 'tar'
import { ToolkitError } from '../errors.ts'
import { exitOf, start } from '../runtime/process.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { Algorithm } from '../settings/compression.ts'
import { followFile } from './follow.ts'

/** `base.tar.zst` → zstd. Undefined: not the name of a tar archive. */
export function algorithmOf(name: string): Algorithm | undefined {
  const ending = /\.tar(?:\.(zst|lz4|gz))?$/.exec(name)
  if (!ending) return undefined
  return ({ zst: 'zstd', lz4: 'lz4', gz: 'gzip' } as const)[ending[1] as 'zst' | 'lz4' | 'gz'] ?? 'none'
}

/** The argv that turns an archive of that name, at its standard input, into the tar stream. */
export const decompressCommand = (name: string): string[] => decompressor(name) ?? ['cat']

/** The argv that writes the archive's tar stream to standard output. */
export const decompressArguments = (path: string): string[] => [...decompressCommand(path), '--', path]

/** The program that decompresses its standard input; undefined where nothing is compressed. */
function decompressor(path: string): string[] | undefined {
  const algorithm = algorithmOf(path) ?? 'none'
  return algorithm === 'none' ? undefined : [algorithm, '-dcq']
}

export const isOnPath = (program: string): boolean =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .some(folder => folder !== '' && isExecutable(join(folder, program)))

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** The error of a compression program that is nowhere. */
export const missingProgram = (program: string, what: string, cause: unknown): ToolkitError =>
  new ToolkitError('prerequisite', {
    what,
    hint: `Install it: sudo apt-get install ${program} (macOS: brew install ${program}), then try again.`,
    cause,
  })

type Opened = { stream: Readable; failure(): Promise<string | undefined>; stop(): void }

/**
 * The tar stream of an archive: by the program of this machine where there is one, which is faster, else by
 * that of the image. The program reads what we read, so that the archive is read once, and while it grows.
 */
function openArchive(path: string, place: ArchivePlace, options: ReadOptions): Opened {
  const { written = Promise.resolve(), onRaw } = options
  const source = Readable.from(followFile(path, written, place.signal, onRaw), { objectMode: false })
  const argv = decompressor(path)
  if (argv === undefined)
    return { stream: source, failure: async () => undefined, stop: () => void source.destroy() }
  const started = isOnPath(argv[0] ?? '')
    ? { child: start(argv, ['pipe', 'pipe', 'pipe']), stop: undefined }
    : place.runtime.stream({ name: 'unpack', argv, as: 'caller', image: place.image }, place.signal)
  const { child } = started
  const exit = exitOf(child)
  // Looked at when the stream has ended; until then nobody waits for it.
  exit.catch(() => {})
  let complaint = ''
  child.stderr?.on('data', chunk => {
    complaint = `${complaint}${chunk}`.slice(-1000)
  })
  // A program that stops reading has its reason, which its exit code tells; a source that fails is the reason.
  if (child.stdin) {
    pipeline(source, child.stdin).catch(error => {
      if ((error as NodeJS.ErrnoException).code !== 'EPIPE') complaint ||= (error as Error).message
      child.kill()
    })
  }
  return {
    stream: child.stdout as Readable,
    async failure() {
      const code = await exit.catch(error => {
        const what = `This machine does not have the program ${argv[0]}, which made this backup smaller.`
        // Where there is an engine it is the one that is missing.
        const missing = error.code === 'ENOENT' && place.runtime.kind === 'local'
        throw missing ? missingProgram(argv[0] ?? '', what, error) : error
      })
      return code === 0 ? undefined : complaint.trim() || `${argv[0]} failed`
    },
    stop: () => {
      source.destroy()
      void (started.stop ? started.stop() : child.kill())
    },
  }
}

export type ReadOptions = {
  /** Uncompressed bytes that were read since the last call. */
  onBytes?: ((bytes: number) => void) | undefined
  /** The archive's own bytes, as they are. */
  onRaw?: (piece: Buffer) => void
  /** The archive is still being written, until this is fulfilled. */
  written?: Promise<void>
}

export type ArchivePlace = { runtime: Runtime; image: string; signal?: AbortSignal | undefined }

/**
 * Reads a tar archive through, entry by entry, in pieces of 64 kB. `onEntry` may consume the entry; what it does
 * not consume is passed over.
 * @throws ToolkitError verification where the archive is cut off or no archive.
 */
export async function readArchive(
  path: string,
  place: ArchivePlace,
  onEntry: (entry: ReadEntry) => void,
  options: ReadOptions = {},
): Promise<void> {
  place.signal?.throwIfAborted()
  const { stream, failure, stop } = openArchive(path, place, options)
  const abort = () => stop()
  place.signal?.addEventListener('abort', abort, { once: true })
  const damage: string[] = []
  const parser = new Parser({ strict: true, onReadEntry: onEntry })
  // Kinds that the parser would pass over in silence, and tar would unpack all the same: sparse files, and letters
  // that nobody knows. Who looks at the entries has to see them.
  parser.on('ignoredEntry', (entry: ReadEntry) => {
    if (entry.meta) damage.push(`the header of an entry has ${entry.size} bytes`)
    else onEntry(entry)
  })
  parser.on('meta', (header: string) => damage.push(...strangeHeader(header)))
  parser.on('warn', (_code, message) => damage.push(String(message)))
  parser.on('error', error => damage.push(error.message))
  let sawEnd = false
  parser.on('eof', () => {
    sawEnd = true
  })
  const consumed = new Promise<void>(resolve => void parser.once('end', resolve))
  try {
    let head: Buffer = Buffer.alloc(0)
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      options.onBytes?.(chunk.length)
      if (head.length < magicBytes) {
        head = Buffer.concat([head, chunk.subarray(0, magicBytes)])
        if (isCompressed(head)) damage.push('it is compressed, and its name does not say so')
      }
      // After its end the parser would only collect what comes, in memory; tar does not look at it either.
      const more = damage.length > 0 || sawEnd || parser.write(chunk)
      if (damage.length > 0) break
      // An error of the parser or an abort ends the waiting as well; both are looked at below.
      if (!more) await once(parser, 'drain', { signal: place.signal }).catch(() => {})
    }
    place.signal?.throwIfAborted()
    // Where the tar stream is nonsense the program is stopped; else it knows best why the stream ended.
    const stopped = damage.length > 0
    if (!stopped) parser.end()
    const why = (stopped ? undefined : await failure()) ?? damage[0]
    if (why) throw damagedArchive(path, why)
    await consumed
    if (!sawEnd) throw damagedArchive(path, 'the two empty blocks at the end of every archive are missing')
  } catch (error) {
    // A stream that was stopped says that it was cut off.
    place.signal?.throwIfAborted()
    throw error
  } finally {
    place.signal?.removeEventListener('abort', abort)
    stop()
  }
}

const magicBytes = 4
const magics = [Buffer.from([0x1f, 0x8b]), Buffer.from([0x28, 0xb5, 0x2f, 0xfd])]

/** What the parser would decompress by itself, and tar would not: what cannot be restored must not verify. */
const isCompressed = (head: Buffer): boolean =>
  magics.some(magic => head.subarray(0, magic.length).equals(magic))

/**
 * What an extended header must not say: by GNU.sparse tar makes another file of another size than the entry itself
 * says, and a global one would do so with every file that follows.
 */
function strangeHeader(header: string): string[] {
  if (/^\d+ GNU\.sparse\./m.test(header))
    return ['an entry is a sparse file, which pg_basebackup never writes']
  return []
}

const damagedArchive = (path: string, why: string): ToolkitError =>
  new ToolkitError('verification', {
    what: `${path} is damaged: it cannot be read to its end.`,
    why,
    hint: 'This backup cannot be restored. make list shows the others; make verify checks them.',
  })

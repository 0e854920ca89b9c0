import { once } from 'node:events'
import { createReadStream, existsSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { Parser, type ReadEntry } from 'tar'
import { ToolkitError } from '../errors.ts'
import { exitOf, start } from '../runtime/process.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { Algorithm } from '../settings/compression.ts'

/** `base.tar.zst` → zstd. Undefined: not the name of a tar archive. */
export function algorithmOf(name: string): Algorithm | undefined {
  const ending = /\.tar(?:\.(zst|lz4|gz))?$/.exec(name)
  if (!ending) return undefined
  return ({ zst: 'zstd', lz4: 'lz4', gz: 'gzip' } as const)[ending[1] as 'zst' | 'lz4' | 'gz'] ?? 'none'
}

/** The argv that writes the archive's tar stream to standard output. */
export const decompressArguments = (path: string): string[] => {
  const algorithm = algorithmOf(path) ?? 'none'
  return algorithm === 'none' ? ['cat', '--', path] : [algorithm, '-dcq', '--', path]
}

const isOnPath = (program: string): boolean =>
  (process.env.PATH ?? '').split(delimiter).some(folder => folder !== '' && existsSync(join(folder, program)))

type Opened = { stream: Readable; failure(): Promise<string | undefined>; stop(): void }

/**
 * The tar stream of an archive: by the program of this machine where there is one, which is faster, else by
 * that of the image.
 */
function openArchive(path: string, place: ArchivePlace): Opened {
  const argv = decompressArguments(path)
  if (argv[0] === 'cat') {
    const stream = createReadStream(path, { highWaterMark: 1 << 20 })
    return { stream, failure: async () => undefined, stop: () => void stream.destroy() }
  }
  const onHost = isOnPath(argv[0] ?? '')
  const started = onHost
    ? { child: start(argv, ['ignore', 'pipe', 'pipe']), stop: undefined }
    : place.runtime.stream(
        {
          name: 'unpack',
          argv,
          as: 'caller',
          folders: [{ path: dirname(path), mode: 'ro' }],
          image: place.image,
        },
        place.signal,
      )
  const { child } = started
  const exit = exitOf(child)
  let stderr = ''
  child.stderr?.on('data', chunk => {
    stderr = `${stderr}${chunk}`.slice(-1000)
  })
  return {
    stream: child.stdout as Readable,
    failure: async () => ((await exit) === 0 ? undefined : stderr.trim() || `${argv[0]} failed`),
    stop: () => void (started.stop ? started.stop() : child.kill()),
  }
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
  onBytes?: (bytes: number) => void,
): Promise<void> {
  place.signal?.throwIfAborted()
  const { stream, failure, stop } = openArchive(path, place)
  const abort = () => stop()
  place.signal?.addEventListener('abort', abort, { once: true })
  const damage: string[] = []
  const parser = new Parser({ strict: true, onReadEntry: onEntry })
  parser.on('warn', (_code, message) => damage.push(String(message)))
  parser.on('error', error => damage.push(error.message))
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      onBytes?.(chunk.length)
      // An error of the parser or an abort ends the waiting as well; both are looked at below.
      if (!parser.write(chunk)) await once(parser, 'drain', { signal: place.signal }).catch(() => {})
      if (damage.length > 0) break
    }
    place.signal?.throwIfAborted()
    if (damage.length === 0) parser.end()
    const failed = damage.length > 0 ? undefined : await failure()
    const why = failed ?? damage[0]
    if (why) throw damagedArchive(path, why)
  } finally {
    place.signal?.removeEventListener('abort', abort)
    stop()
  }
}

const damagedArchive = (path: string, why: string): ToolkitError =>
  new ToolkitError('verification', {
    what: `${path} is damaged: it cannot be read to its end.`,
    why,
    hint: 'This backup cannot be restored. make list shows the others; make verify checks them.',
  })

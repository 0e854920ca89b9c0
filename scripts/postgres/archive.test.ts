import { spawnSync } from 'node:child_process'
import { appendFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, test } from 'vitest'
import { dockerRuntime } from '../runtime/docker/docker.ts'
import { type TarEntry, tarOf } from '../test/helpers/tar_file.ts'
import { tempFolder } from '../test/helpers/temp_folder.ts'
import { algorithmOf, decompressArguments, readArchive } from './archive.ts'

const place = { runtime: dockerRuntime, image: 'none is needed' }

async function file(name: string, content: Buffer): Promise<string> {
  const path = join(await tempFolder(), name)
  await writeFile(path, content)
  return path
}

/** What readArchive sees; the content of every second entry is read, the others are passed over. */
async function read(path: string, options: Parameters<typeof readArchive>[3] = {}): Promise<string[]> {
  const seen: string[] = []
  await readArchive(
    path,
    place,
    entry => {
      if (seen.push(`${entry.path} ${entry.size}`) % 2 === 0) entry.resume()
      else entry.on('data', () => {})
    },
    options,
  )
  return seen
}

const entries: TarEntry[] = [
  { path: 'PG_VERSION', content: '17\n' },
  { path: 'base/', type: '5' },
  { path: 'base/1259', content: Buffer.alloc(300_000, 'page') },
  { path: 'empty' },
  { path: 'global/pg_control', content: Buffer.alloc(8192) },
]
const listed = ['PG_VERSION 3', 'base/ 0', 'base/1259 300000', 'empty 0', 'global/pg_control 8192']
const tar = tarOf(entries)

describe('the name of an archive', () => {
  test.each([
    ['base.tar', 'none', ['cat', '--', '/b/base.tar']],
    ['base.tar.gz', 'gzip', ['gzip', '-dcq', '--', '/b/base.tar.gz']],
    ['16400.tar.lz4', 'lz4', ['lz4', '-dcq', '--', '/b/16400.tar.lz4']],
    ["it's.tar.zst", 'zstd', ['zstd', '-dcq', '--', "/b/it's.tar.zst"]],
  ])('%s', (name, algorithm, argv) => {
    expect(algorithmOf(name)).toBe(algorithm)
    expect(decompressArguments(`/b/${name}`)).toEqual(argv)
  })

  test.each(['base.tar.bz2', 'base.zst', 'base.tar.zst.partial', 'base.tar.gz.age', 'tar', 'x.tarr'])(
    '%s is none',
    name => {
      expect(algorithmOf(name)).toBeUndefined()
    },
  )
})

describe('an archive is read through', () => {
  test('as it is', async () => {
    const raw: number[] = []
    const plain: number[] = []
    const options = {
      onRaw: (piece: Buffer) => void raw.push(piece.length),
      onBytes: (n: number) => void plain.push(n),
    }
    expect(await read(await file('base.tar', tar), options)).toEqual(listed)
    const sum = (sizes: number[]) => sizes.reduce((a, b) => a + b, 0)
    expect([sum(raw), sum(plain)]).toEqual([tar.length, tar.length])
  })

  test('decompressed by gzip', async () => {
    expect(await read(await file('base.tar.gz', gzipSync(tar)))).toEqual(listed)
  })

  test.each([
    ['zstd', '.zst'],
    ['lz4', '.lz4'],
  ])('decompressed by %s, where this machine has it', async (program, ending) => {
    const compressed = spawnSync(program, ['-cq'], { input: tar })
    if (compressed.error) return
    expect(await read(await file(`base.tar${ending}`, compressed.stdout))).toEqual(listed)
  })

  test('of many small files', async () => {
    const many = Array.from({ length: 5000 }, (_, i) => ({ path: `base/${i}`, content: `${i}` }))
    expect(await read(await file('base.tar', tarOf(many)))).toHaveLength(5000)
  })

  test('while it is being written', async () => {
    const path = join(await tempFolder(), 'base.tar')
    let finish = () => {}
    const written = new Promise<void>(resolve => {
      finish = resolve
    })
    const reading = read(path, { written })
    for (let at = 0; at < tar.length; at += 100_000) await appendFile(path, tar.subarray(at, at + 100_000))
    finish()
    expect(await reading).toEqual(listed)
  })
})

describe('an archive that is damaged', () => {
  const gzipped = gzipSync(tar)
  const flipped = Buffer.from(tar)
  flipped.writeUInt8(0x41, 512 + 512 + 3)
  test.each<[string, string, Buffer]>([
    ['empty', 'base.tar', Buffer.alloc(0)],
    ['no archive', 'base.tar', Buffer.alloc(5000, 'hello ')],
    ['cut off in a file', 'base.tar', tar.subarray(0, 200_000)],
    ['cut off in a header', 'base.tar', tar.subarray(0, 512 + 512 + 200)],
    ['cut off between two files', 'base.tar', tarOf(entries.slice(0, 2)).subarray(0, -1024)],
    ['cut off before its last block', 'base.tar', tar.subarray(0, -512)],
    ['with a header that was changed', 'base.tar', flipped],
    ['cut off, compressed', 'base.tar.gz', gzipped.subarray(0, gzipped.length / 2)],
    ['not compressed at all', 'base.tar.gz', tar],
    ['empty, compressed', 'base.tar.gz', Buffer.alloc(0)],
    ['compressed, and its name does not say so', 'base.tar', gzipped],
  ])('%s', async (_, name, content) => {
    await expect(read(await file(name, content))).rejects.toMatchObject({
      kind: 'verification',
      message: expect.stringMatching(/is damaged: it cannot be read to its end\.$/),
      why: expect.stringMatching(/./),
    })
  })

  test('the words of the program that decompresses are passed on', async () => {
    await expect(read(await file('base.tar.gz', tar))).rejects.toMatchObject({
      why: expect.stringContaining('not in gzip format'),
    })
  })
})

describe('reading ends', () => {
  test('before it begins, when it is too late', async () => {
    const stopped = { ...place, signal: AbortSignal.abort() }
    await expect(readArchive('/nonexistent', stopped, entry => void entry.resume())).rejects.toMatchObject({
      name: 'AbortError',
    })
  })

  test.each([
    ['base.tar', tar],
    ['base.tar.gz', gzipSync(tar)],
  ])('with an abort in the middle of %s', async (name, content) => {
    const stop = new AbortController()
    const path = await file(name, content)
    const reading = readArchive(path, { ...place, signal: stop.signal }, entry => {
      stop.abort()
      entry.resume()
    })
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' })
  })

  test('with the error of who looks at the entries', async () => {
    const error = new Error('refused')
    const reading = readArchive(await file('base.tar', tar), place, () => {
      throw error
    })
    await expect(reading).rejects.toBe(error)
  })
})

describe('where this machine has no such program', () => {
  const { PATH, DOCKER } = process.env
  afterEach(() => {
    process.env.PATH = PATH
    if (DOCKER === undefined) delete process.env.DOCKER
    else process.env.DOCKER = DOCKER
  })

  test('the image is asked, and a file of that name which nobody may execute is none', async () => {
    const archive = await file('base.tar.gz', gzipSync(tar))
    const folder = await tempFolder()
    await writeFile(join(folder, 'gzip'), 'no program', { mode: 0o644 })
    process.env.PATH = folder
    process.env.DOCKER = 'no-such-engine'
    await expect(read(archive)).rejects.toMatchObject({ code: 'ENOENT', path: 'no-such-engine' })
  })
})

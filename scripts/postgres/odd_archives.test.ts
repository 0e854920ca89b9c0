import { execFileSync, spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { ToolkitError } from '../errors.ts'
import { chooseRuntime } from '../runtime/choose.ts'
import { paxHeader, type TarEntry, tarOf } from '../test/helpers/tar_file.ts'
import { tempFolder } from '../test/helpers/temp_folder.ts'
import { readBackupFolder } from './backup_folder.ts'
import { readForeignTar } from './foreign_backup.ts'
import { readThrough } from './listing.ts'

/** What somebody else's archive may hold that pg_basebackup never writes, in every compression. */
const place = { runtime: chooseRuntime({ runtime: 'auto' }), image: 'none is needed' }
const base: TarEntry[] = [
  { path: 'backup_label', content: 'START WAL LOCATION: 0/2000028' },
  { path: 'PG_VERSION', content: '17\n' },
  { path: 'base/1/1259', content: Buffer.alloc(20_000, 'x') },
]
const end = 1024
const withTail = (...tail: TarEntry[]): Buffer => tarOf([...base, ...tail])

async function read(content: Buffer, name = 'base.tar', room?: number) {
  const folder = await tempFolder()
  await writeFile(join(folder, name), content)
  const backup = await readBackupFolder(folder)
  if (backup === undefined) throw new Error('no backup')
  const [archive] = backup.archives
  if (archive === undefined) throw new Error('no archive')
  const [restored, verified] = await Promise.allSettled([
    readForeignTar(backup, place, room),
    readThrough(archive, { place }),
  ])
  return { restored, verified }
}

const reasonOf = (result: PromiseSettledResult<unknown>): string => {
  if (result.status === 'fulfilled') return 'none'
  const { kind, message, why } = result.reason as ToolkitError
  return `${kind}: ${message} ${why}`
}

/** Whether this machine lacks a program, and the words for the name of a test that does not run then. */
const lacks = (program: string): boolean => spawnSync(program, ['--version']).error !== undefined
const because = (program: string): string => (lacks(program) ? ` (not run: ${program} is missing here)` : '')
const hasGnuTar = spawnSync('tar', ['--version']).stdout?.includes('GNU')

/** Made by GNU tar itself. */
function sparseTar(format: string): Buffer {
  const script = `cd "$(mktemp -d)"; truncate -s 50G huge; echo x | dd of=huge bs=1 seek=1G conv=notrunc status=none
    printf '17\\n' > PG_VERSION; tar --format=${format} -S -cf - PG_VERSION huge; rm -r "$PWD"`
  return execFileSync('bash', ['-euc', script], { maxBuffer: 1 << 26 })
}

describe('an entry that is refused, by restore and by verify', () => {
  const block = Buffer.alloc(512)
  test.each<[string, () => Buffer, RegExp]>([
    ['a hard link', () => withTail({ path: 'two', type: '1', link: 'PG_VERSION' }), /refused.*Link/],
    ['a symbolic link', () => withTail({ path: 'two', type: '2', link: '/etc' }), /refused.*SymbolicLink/],
    ['a character device', () => withTail({ path: 'd', type: '3' }), /refused.*CharacterDevice/],
    ['a block device', () => withTail({ path: 'd', type: '4' }), /refused.*BlockDevice/],
    ['a fifo', () => withTail({ path: 'f', type: '6' }), /refused.*FIFO/],
    ['a volume label', () => withTail({ path: 'v', type: 'V' }), /refused.*TapeVolumeHeader/],
    [
      'the rest of a file of another volume',
      () => withTail({ path: 'm', type: 'M' }),
      /refused.*ContinuationFile/,
    ],
    [
      'a kind that nobody knows, which tar takes for a file',
      () => withTail({ path: 'q', type: 'q' }),
      /refused/,
    ],
    ['a path with ..', () => withTail({ path: 'base/../../evil', content: 'x' }), /refused.*leaves/],
    ['an absolute path', () => withTail({ path: '/etc/evil', content: 'x' }), /refused.*absolute/],
    [
      'a path with .. in a pax header',
      () => withTail(paxHeader({ path: 'base/../../evil' }), { path: 'good', content: 'x' }),
      /refused.*leaves/,
    ],
    [
      'an absolute path as a long name',
      () =>
        withTail(
          { path: '././@LongLink', type: 'L', content: '/etc/evil\0' },
          { path: 'good', content: 'x' },
        ),
      /refused.*absolute/,
    ],
    [
      'an extended header of 2 MB',
      () => withTail(paxHeader({ comment: 'x'.repeat(2 << 20) }), { path: 'a' }),
      /header/,
    ],
    [
      'nonsense between two entries',
      () => Buffer.concat([tarOf(base).subarray(0, -end), block.fill('!'), tarOf(base)]),
      /damaged/,
    ],
  ])('%s', async (_, content, words) => {
    const { restored, verified } = await read(content())
    expect(reasonOf(restored)).toMatch(/^verification/)
    expect(reasonOf(restored)).toMatch(words)
    const problems =
      verified.status === 'fulfilled' ? verified.value.listing.refused.join() : reasonOf(verified)
    expect(problems).toMatch(words)
  })
})

test.skipIf(!hasGnuTar).each([
  ['gnu', /refused.*SparseFile/],
  ['pax', /sparse file/],
])(
  `a sparse file of 50 GB (%s) is refused${hasGnuTar ? '' : ' (not run: takes GNU tar)'}`,
  async (format, words) => {
    const { restored, verified } = await read(sparseTar(format))
    expect(reasonOf(restored)).toMatch(/^verification/)
    expect(reasonOf(restored)).toMatch(words)
    const problems =
      verified.status === 'fulfilled' ? verified.value.listing.refused.join() : reasonOf(verified)
    expect(problems).toMatch(words)
  },
)

describe('what is odd and harmless', () => {
  const long = `base/${'n'.repeat(300)}`
  const deep = `base/${'d/'.repeat(2500)}file`
  test.each<[string, () => Buffer, string[]]>([
    [
      'pax headers with times',
      () => withTail(paxHeader({ mtime: '1.5', comment: '✓' }), { path: 'a' }),
      ['a'],
    ],
    [
      'a global header',
      () =>
        Buffer.concat([tarOf([paxHeader({ comment: 'x' }, 'g')]).subarray(0, -end), withTail({ path: 'a' })]),
      ['a'],
    ],
    ['a name of 300 bytes', () => withTail(paxHeader({ path: long }), { path: 'short' }), [long]],
    [
      'a path of 5 kB',
      () => withTail({ path: '././@LongLink', type: 'L', content: `${deep}\0` }, { path: 'short' }),
      [deep],
    ],
    ['an entry twice', () => withTail({ path: 'a' }, { path: 'a' }), ['a', 'a']],
    [
      'entries after the end, which tar does not see either',
      () => Buffer.concat([withTail({ path: 'a' }), tarOf([{ path: '../evil' }])]),
      ['a'],
    ],
    [
      'garbage after the end',
      () => Buffer.concat([withTail({ path: 'a' }), Buffer.alloc(1 << 20, 'garbage')]),
      ['a'],
    ],
  ])('%s', async (_, content, expected) => {
    const { restored, verified } = await read(content())
    expect(reasonOf(restored)).toBe('none')
    if (verified.status === 'rejected') throw verified.reason
    const { files, refused } = verified.value.listing
    expect(refused).toEqual([])
    expect(files.map(f => f.path).slice(base.length)).toEqual(expected)
  })

  test.skipIf(lacks('zstd'))(
    `much after the end is not collected in memory${because('zstd')}`,
    async () => {
      const zeros = execFileSync('sh', ['-c', 'head -c 400M /dev/zero | zstd -q -1 -c -'])
      const content = Buffer.concat([execFileSync('zstd', ['-cq'], { input: withTail() }), zeros])
      const before = process.memoryUsage.rss()
      const { restored } = await read(content, 'base.tar.zst')
      expect(reasonOf(restored)).toBe('none')
      expect(process.memoryUsage.rss() - before).toBeLessThan(200 << 20)
    },
    30_000,
  )
})

const compressions: [ending: string, program: string, args: string[]][] = [
  ['', 'cat', []],
  ['.gz', 'gzip', ['-c']],
  ['.zst', 'zstd', ['-cq']],
  ['.lz4', 'lz4', ['-cq']],
]
for (const [ending, program, args] of compressions) {
  describe.skipIf(lacks(program))(`base.tar${ending}${because(program)}`, () => {
    const pack = (content: Buffer) => execFileSync(program, args, { input: content, maxBuffer: 1 << 28 })
    const name = `base.tar${ending}`

    test('that unpacks to more than the disk has room for is not read further: exit 2', async () => {
      // The header alone says 50 GB; not a byte of it follows.
      const huge = withTail({ path: 'base/1/huge', bytes: 50 * 2 ** 30 }).subarray(0, -end)
      expect(reasonOf((await read(pack(huge), name, 2 ** 30)).restored)).toMatch(/^space: .*1.0GB|^space/)
      const many = Array.from({ length: 100 }, (_, i) => ({
        path: `base/1/${i}`,
        content: Buffer.alloc(50_000),
      }))
      expect(reasonOf((await read(pack(withTail(...many)), name, 2_000_000)).restored)).toMatch(/^space/)
    })

    test('with a backup_label of megabytes is refused', async () => {
      const content = tarOf([{ path: 'backup_label', content: Buffer.alloc(3 << 20, 'x') }])
      expect(reasonOf((await read(pack(content), name)).restored)).toMatch(
        /^verification: .*backup_label.*far too large/,
      )
    })

    const members: [string, TarEntry[]][] = [
      ['a file', [{ path: 'base/1/a', content: Buffer.alloc(3000, 'a') }]],
      ['a folder', [{ path: 'base/2/', type: '5' }]],
      ['a pax header', [paxHeader({ path: 'p'.repeat(700) }), { path: 'short', content: 'x' }]],
      [
        'a long name',
        [
          { path: '././@LongLink', type: 'L', content: `${'l'.repeat(700)}\0` },
          { path: 'short', content: 'x' },
        ],
      ],
    ]
    test.each(members)('cut off in %s is damaged', async (_, entries) => {
      const whole = withTail(...entries)
      const from = tarOf(base).length - end
      for (let at = from + 200; at < whole.length - end; at += 512) {
        const { restored, verified } = await read(pack(whole.subarray(0, at)), name)
        expect(reasonOf(restored), `at ${at}`).toMatch(/^verification/)
        expect(reasonOf(verified), `at ${at}`).toMatch(/^verification/)
      }
    })
  })
}

import { describe, expect, test } from 'vitest'
import type { Compression } from '../settings/compression.ts'
import { estimateBackupBytes, restoredBytes } from './space.ts'

const GB = 1024 ** 3
const wal = 64 * 1024 * 1024
const zstd: Compression = { algorithm: 'zstd', level: 3 }

describe('what a backup will take', () => {
  test.each<[string, number | undefined, Compression, number | undefined, number | undefined]>([
    ['half of the cluster before the first backup', 10 * GB, zstd, undefined, 5.5 * GB + wal],
    ['as much as the last backup showed', 10 * GB, zstd, 0.25, 2.75 * GB + wal],
    ['all of it without compression', 10 * GB, { algorithm: 'none' }, 0.25, 11 * GB + wal],
    ['never more than all of it', 10 * GB, zstd, 1.4, 11 * GB + wal],
    ['after a backup of nothing as well', 10 * GB, zstd, Number.POSITIVE_INFINITY, 11 * GB + wal],
    ['WAL even for an empty cluster', 0, zstd, undefined, wal],
    ['nobody knows, where the size is not known', undefined, zstd, 0.25, undefined],
  ])('%s', (_, cluster, compression, ratio, expected) => {
    expect(estimateBackupBytes(cluster, compression, ratio)).toBe(expected && Math.ceil(expected))
  })
})

test('a restored cluster takes its files and room to start', () => {
  expect(restoredBytes(100 * GB)).toBe(Math.ceil(102 * GB + wal))
})

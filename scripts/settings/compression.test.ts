import { describe, expect, test } from 'vitest'
import { type Compression, compression, formatCompression } from './compression.ts'

describe('compression', () => {
  test.each<[string, Compression]>([
    ['zstd', { algorithm: 'zstd', level: 3 }],
    ['zstd:1', { algorithm: 'zstd', level: 1 }],
    ['zstd:22', { algorithm: 'zstd', level: 22 }],
    ['ZSTD:5', { algorithm: 'zstd', level: 5 }],
    [' lz4 ', { algorithm: 'lz4' }],
    ['lz4:12', { algorithm: 'lz4', level: 12 }],
    ['gzip', { algorithm: 'gzip' }],
    ['gzip:6', { algorithm: 'gzip', level: 6 }],
    ['none', { algorithm: 'none' }],
    ['true', { algorithm: 'zstd', level: 3 }],
    ['1', { algorithm: 'zstd', level: 3 }],
    ['false', { algorithm: 'none' }],
    ['off', { algorithm: 'none' }],
  ])('%j', (raw, value) => expect(compression.parse(raw)).toEqual(value))

  test.each([
    ['zstd:0', 'zstd takes a level from 1 to 22'],
    ['zstd:23', 'zstd takes a level from 1 to 22'],
    ['zstd:', 'zstd takes a level from 1 to 22'],
    ['zstd:x', 'zstd takes a level from 1 to 22'],
    ['zstd:-1', 'zstd takes a level from 1 to 22'],
    ['lz4:13', 'lz4 takes a level from 1 to 12'],
    ['gzip:10', 'gzip takes a level from 1 to 9'],
    ['none:1', 'none takes no level'],
    ['bzip2', 'must be zstd, lz4, gzip or none'],
    ['zstd:3:4', 'must be zstd, lz4, gzip or none'],
    ['true:3', 'must be zstd, lz4, gzip or none'],
    ['constructor', 'must be zstd, lz4, gzip or none'],
    ['', 'must be zstd, lz4, gzip or none'],
  ])('%j is refused', (raw, message) => expect(() => compression.parse(raw)).toThrow(message))

  test.each(['zstd:3', 'zstd:19', 'lz4', 'lz4:9', 'gzip:9', 'none'])('%s reads back', typed => {
    expect(formatCompression(compression.parse(typed))).toBe(typed)
  })
})

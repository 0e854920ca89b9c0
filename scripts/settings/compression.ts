import type { ValueType } from './types.ts'

export type Algorithm = 'zstd' | 'lz4' | 'gzip' | 'none'
export type Compression = { algorithm: Algorithm; level?: number }

/** zstd 3 is 8 to 10 times as fast as gzip 6 and smaller. */
export const defaultCompression: Compression = { algorithm: 'zstd', level: 3 }

const levels: Record<Algorithm, readonly [number, number] | undefined> = {
  zstd: [1, 22],
  lz4: [1, 12],
  gzip: [1, 9],
  none: undefined,
}

export const formatCompression = ({ algorithm, level }: Compression): string =>
  level === undefined ? algorithm : `${algorithm}:${level}`

/** `zstd`, `zstd:3`, `lz4`, `gzip:6`, `none`; and, as BACKUP_COMPRESSION has it, `true` and `false`. */
export const compression: ValueType<Compression> = {
  label: 'zstd[:1-22]|lz4[:1-12]|gzip[:1-9]|none',
  parse(raw) {
    const [word = '', levelText, ...rest] = raw.trim().toLowerCase().split(':')
    if (levelText === undefined && ['true', 'yes', 'on', '1'].includes(word)) return defaultCompression
    if (levelText === undefined && ['false', 'no', 'off', '0'].includes(word)) return { algorithm: 'none' }
    const range = Object.hasOwn(levels, word) ? levels[word as Algorithm] : null
    if (range === null || rest.length > 0) {
      throw new Error('must be zstd, lz4, gzip or none, with a level after a colon: zstd:3')
    }
    const algorithm = word as Algorithm
    if (levelText === undefined) return algorithm === 'zstd' ? { algorithm, level: 3 } : { algorithm }
    const level = /^\d+$/.test(levelText) ? Number(levelText) : Number.NaN
    if (range === undefined || !(level >= range[0] && level <= range[1])) {
      const levelsThatCount = range ? `a level from ${range[0]} to ${range[1]}` : 'no level'
      throw new Error(`${algorithm} takes ${levelsThatCount}`)
    }
    return { algorithm, level }
  },
}

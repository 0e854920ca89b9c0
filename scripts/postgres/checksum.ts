import { createHash } from 'node:crypto'
import { crc32c } from '@node-rs/crc32'

export type Checksum = { update(piece: Buffer): void; hex(): string }

/**
 * The checksums that a manifest may have: SHA224 to SHA512, and CRC32C, which is pg_basebackup's default. Undefined
 * for NONE. https://www.postgresql.org/docs/current/backup-manifest-files.html
 */
export function checksumOfAlgorithm(algorithm: string): (() => Checksum) | undefined {
  if (algorithm === 'CRC32C') return crc
  return /^SHA(224|256|384|512)$/.test(algorithm) ? () => sha(algorithm.toLowerCase()) : undefined
}

function sha(name: string): Checksum {
  const hash = createHash(name)
  return { update: piece => void hash.update(piece), hex: () => hash.digest('hex') }
}

/** PostgreSQL writes the number's bytes as they lie in memory: the lowest first on every machine it runs on today. */
function crc(): Checksum {
  let value = 0
  return {
    update(piece) {
      value = crc32c(piece, value)
    },
    hex() {
      const bytes = Buffer.alloc(4)
      bytes.writeUInt32LE(value)
      return bytes.toString('hex')
    },
  }
}

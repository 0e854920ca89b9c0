import type { Compression } from '../settings/compression.ts'

/** Until a backup here has shown better, compressed archives are taken to be half of the cluster. */
const firstGuess = 0.5
/** WAL that is streamed meanwhile, and a little more. */
const margin = 1.1
const walBytes = 64 * 1024 * 1024

/** Bytes that a backup will probably take; undefined where the cluster's size is not known. */
export function estimateBackupBytes(
  clusterBytes: number | undefined,
  compression: Compression,
  lastRatio: number | undefined,
): number | undefined {
  if (clusterBytes === undefined) return undefined
  const ratio = compression.algorithm === 'none' ? 1 : (lastRatio ?? firstGuess)
  return Math.ceil(clusterBytes * Math.min(ratio, 1) * margin + walBytes)
}

/** The same of a dump, which has no WAL. */
export function estimateDumpBytes(...given: Parameters<typeof estimateBackupBytes>): number | undefined {
  const bytes = estimateBackupBytes(...given)
  return bytes === undefined ? undefined : bytes - walBytes
}

/** Bytes that a restored cluster takes: its files, and some WAL and room to start. */
export const restoredBytes = (clusterBytes: number): number => Math.ceil(clusterBytes * 1.02 + walBytes)

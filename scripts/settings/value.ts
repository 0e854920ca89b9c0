import { type Compression, formatCompression } from './compression.ts'

/** A setting's value as it would be typed. */
export function formatValue(value: unknown): string {
  if (value === undefined) return ''
  if (value instanceof Date) return value.toISOString()
  if (typeof value === 'object' && value !== null && 'algorithm' in value) {
    return formatCompression(value as Compression)
  }
  return String(value)
}

import { createHash } from 'node:crypto'

/** Bytes of a name: NAMEDATALEN, less its last one. */
const mostBytes = 63

/** A name of ours beside a database's, cut where the two would be too long; a few digits of a hash tell them apart then. */
export function nameBeside(
  database: string,
  { prefix = '', suffix = '' }: { prefix?: string; suffix?: string },
): string {
  const whole = `${prefix}${database}${suffix}`
  if (Buffer.byteLength(whole) <= mostBytes) return whole
  const hash = createHash('sha256').update(database).digest('hex').slice(0, 8)
  let kept = ''
  for (const character of database) {
    if (Buffer.byteLength(`${prefix}${kept}${character}~${hash}${suffix}`) > mostBytes) break
    kept += character
  }
  return `${prefix}${kept}~${hash}${suffix}`
}

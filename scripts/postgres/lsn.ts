/** A write-ahead log location such as 0/3000028, as a number. https://www.postgresql.org/docs/current/datatype-pg-lsn.html */
export function parseLsn(text: string): bigint {
  const match = /^([0-9A-F]{1,8})\/([0-9A-F]{1,8})$/i.exec(text)
  if (!match) throw new Error(`not a WAL location: ${text}`)
  return (BigInt(`0x${match[1]}`) << 32n) | BigInt(`0x${match[2]}`)
}

const hex8 = (value: bigint): string => value.toString(16).toUpperCase().padStart(8, '0')

/**
 * Names of the WAL segments from one location up to, and not at, another. One after the other: a range may be as long
 * as all the WAL that there can be.
 */
export function* walSegments(
  timeline: number,
  startLsn: string,
  endLsn: string,
  segmentBytes: number,
): Generator<string> {
  const size = BigInt(segmentBytes)
  const perLog = 0x1_0000_0000n / size
  const end = parseLsn(endLsn)
  for (let segment = parseLsn(startLsn) / size; segment * size < end; segment++) {
    yield hex8(BigInt(timeline)) + hex8(segment / perLog) + hex8(segment % perLog)
  }
}

/** Whether a name is that of a WAL segment from one location up to, and not at, another. */
export function isSegmentOf(
  range: { timeline: number; startLsn: string; endLsn: string },
  name: string,
  segmentBytes: number,
): boolean {
  const [, timeline = '', log = '', number = ''] =
    /^([0-9A-F]{8})([0-9A-F]{8})([0-9A-F]{8})$/.exec(name) ?? []
  if (timeline !== hex8(BigInt(range.timeline))) return false
  const size = BigInt(segmentBytes)
  const start = (BigInt(`0x${log}`) << 32n) + BigInt(`0x${number}`) * size
  return start + size > parseLsn(range.startLsn) && start < parseLsn(range.endLsn)
}

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect } from 'vitest'
import { ToolkitError } from '../errors.ts'
import { awkward, holds, property } from '../test/helpers/fuzz.ts'
import { tempFolder } from '../test/helpers/temp_folder.ts'
import { readClusterRecord, recordPath, writeClusterRecord } from './cluster_record.ts'
import { formatTablespaceMap, parseTablespaceMap } from './foreign_backup.ts'
import { parseLsn, walSegments } from './lsn.ts'

/** cluster.json, tablespace_map, and locations in the WAL. */

const record = fc.record({
  image: awkward,
  image_id: awkward,
  postgresql_version: fc.string(),
  libc: fc.constantFrom('glibc', 'musl'),
  libc_version: fc.string(),
  timescaledb_edition: fc.constantFrom('tsl', 'apache', 'none'),
  runtime: fc.constant('docker'),
  tablespaces: fc.array(fc.record({ oid: fc.string(), source: awkward, target: awkward })),
})

property('the record of a cluster is read as it was written', async () => {
  const data = join(await tempFolder(), 'data')
  await holds(record, async written => {
    await writeClusterRecord(data, written)
    expect(await readClusterRecord(data)).toEqual(written)
  })
})

property('anything else in its place is refused in words', async () => {
  const data = join(await tempFolder(), 'data')
  await holds(fc.oneof(fc.json(), fc.string()), async text => {
    await writeFile(recordPath(data), text)
    const result = await readClusterRecord(data).catch(error => error)
    expect(result).toBeInstanceOf(ToolkitError)
    expect(result).toMatchObject({ kind: 'prerequisite' })
  })
})

const tablespaces = fc.array(
  fc.record({ oid: fc.nat().map(String), location: awkward.map(path => `/${path}`) }),
)

property('a tablespace_map gives back the places that it was made of', () =>
  holds(tablespaces, places => expect(parseTablespaceMap(formatTablespaceMap(places))).toEqual(places)),
)

property('any text is some map', () =>
  holds(awkward, text => {
    for (const { oid } of parseTablespaceMap(text)) expect(oid).toMatch(/^\d+$/)
  }),
)

const lsnOf = (value: bigint): string =>
  `${(value >> 32n).toString(16)}/${(value & 0xffff_ffffn).toString(16).toUpperCase()}`
const position = fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn - (1n << 30n) })

property('a WAL location is the number that it is written from', () =>
  holds(position, value => expect(parseLsn(lsnOf(value))).toBe(value)),
)

property('text that is no WAL location is refused', () =>
  holds(
    awkward.filter(text => !/^[0-9a-f]{1,8}\/[0-9a-f]{1,8}$/i.test(text)),
    text => expect(() => parseLsn(text)).toThrow('not a WAL location'),
  ),
)

property('the segments of a range are as many as fit into it, and the first has its beginning', () => {
  const range = fc.tuple(position, fc.bigInt({ min: 1n, max: 1n << 30n }), fc.integer({ min: 20, max: 30 }))
  return holds(range, ([start, length, bits]) => {
    const end = start + length
    const size = 1n << BigInt(bits)
    const names = [...walSegments(7, lsnOf(start), lsnOf(end), Number(size))]
    expect(names).toHaveLength(Number((end - 1n) / size - start / size + 1n))
    const perLog = 0x1_0000_0000n / size
    const numbers = names.map(
      name => BigInt(`0x${name.slice(8, 16)}`) * perLog + BigInt(`0x${name.slice(16)}`),
    )
    expect(numbers[0] ?? start / size).toBe(start / size)
    for (const [i, number] of numbers.entries()) expect(number).toBe(start / size + BigInt(i))
  })
})

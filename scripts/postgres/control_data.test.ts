import { describe, expect, test } from 'vitest'
import { parseControlData } from './control_data.ts'

/** pg_controldata of PostgreSQL 17.11, in the C locale. */
const output = `\
pg_control version number:            1700
Catalog version number:               202406281
Database system identifier:           7710340223698157583
Database cluster state:               shut down
pg_control last modified:             Fri Nov 20 19:37:58 2026
Latest checkpoint location:           0/3000028
Latest checkpoint's REDO location:    0/3000028
Latest checkpoint's REDO WAL file:    000000010000000000000003
Latest checkpoint's TimeLineID:       1
Latest checkpoint's PrevTimeLineID:   1
Latest checkpoint's full_page_writes: on
Latest checkpoint's NextXID:          0:759
Latest checkpoint's NextOID:          16395
Latest checkpoint's NextMultiXactId:  1
Latest checkpoint's NextMultiOffset:  0
Latest checkpoint's oldestXID:        730
Latest checkpoint's oldestXID's DB:   1
Latest checkpoint's oldestActiveXID:  0
Latest checkpoint's oldestMultiXid:   1
Latest checkpoint's oldestMulti's DB: 1
Latest checkpoint's oldestCommitTsXid:0
Latest checkpoint's newestCommitTsXid:0
Time of latest checkpoint:            Fri Nov 20 19:37:58 2026
Fake LSN counter for unlogged rels:   0/3E8
Minimum recovery ending location:     0/0
Min recovery ending loc's timeline:   0
Backup start location:                0/0
Backup end location:                  0/0
End-of-backup record required:        no
wal_level setting:                    replica
wal_log_hints setting:                off
max_connections setting:              100
max_worker_processes setting:         8
max_wal_senders setting:              10
max_prepared_xacts setting:           0
max_locks_per_xact setting:           64
track_commit_timestamp setting:       off
Maximum data alignment:               8
Database block size:                  8192
Blocks per segment of large relation: 131072
WAL block size:                       8192
Bytes per WAL segment:                16777216
Maximum length of identifiers:        64
Maximum columns in an index:          32
Maximum size of a TOAST chunk:        1996
Size of a large-object chunk:         2048
Date/time type storage:               64-bit integers
Float8 argument passing:              by value
Data page checksum version:           1
Mock authentication nonce:            c20e23509c1214b60be923213a5bb4d1ca146d314c0795010d42bec3bf34b673
`

describe('pg_controldata', () => {
  test('what a restore has to know', () => {
    expect(parseControlData(output)).toEqual({
      systemIdentifier: '7710340223698157583',
      state: 'shut down',
      timeline: 1,
      redoWalFile: '000000010000000000000003',
      minimums: {
        max_connections: 100,
        max_worker_processes: 8,
        max_wal_senders: 10,
        max_prepared_transactions: 0,
        max_locks_per_transaction: 64,
      },
      dataChecksums: true,
    })
  })

  test.each<[string, string, object]>([
    ['no checksums', output.replace(/(checksum version: +)1/, '$10'), { dataChecksums: false }],
    ['another timeline', output.replace(/(TimeLineID: +)1/, '$112'), { timeline: 12 }],
    [
      'higher settings',
      output.replace(/(max_locks_per_xact setting: +)64/, '$1256'),
      { minimums: { max_locks_per_transaction: 256 } },
    ],
    [
      'a warning before it',
      `WARNING: Calculated CRC checksum does not match value stored in file.\n\n${output}`,
      { state: 'shut down' },
    ],
  ])('%s', (_, text, expected) => expect(parseControlData(text)).toMatchObject(expected))

  test.each([
    '',
    'pg_controldata: error: could not open file "./global/pg_control" for reading: No such file or directory',
  ])('none in %j', text => expect(parseControlData(text)).toBeUndefined())
})

test('what is empty or no number asks for nothing, and takes nothing from the next line', () => {
  const text = 'Database system identifier: 1\nmax_connections setting:\n99\nmax_wal_senders setting: on\n'
  expect(parseControlData(text)?.minimums).toMatchObject({ max_connections: 0, max_wal_senders: 0 })
})

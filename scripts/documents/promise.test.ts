import { describe, expect, test } from 'vitest'
import { firstMissing, mask } from './promise.ts'

const output = `Connecting to localhost:36425 as postgres …
Saving 148MB as cluster_backup_20261201_002723 (zstd:3 on the server) …
Saved and verified in 6.1 s: 156MB as 32.6MB (4.8:1).
  /tmp/toolkit test x/db/backups/cluster_backup_20261201_002723
   station    |  max  
--------------+-------
 Jungfraujoch | -5.76
 Davos        |  4.03
`
const missing = (...promised: string[]) => firstMissing(promised, output)

describe('a promise', () => {
  test.each([
    ['another time, size and number', 'Saved and verified in 1 min 20 s: 1.2GB as 300kB (11.3:1).'],
    ['another port', 'Connecting to localhost:8094 as postgres …'],
    ['another id', 'Saving 1.1GB as cluster_backup_20250301_101010 (zstd:3 on the server) …'],
    ['another width, another sign', ' Jungfraujoch |  0.01'],
    ['a longer line', '------+----'],
    ['words left out', '  …/db/backups/cluster_backup_20261201_002723'],
    ['lines left out', '…'],
    ['an empty line', ''],
  ])('is kept by %s', (_, line) => expect(missing(line)).toBeUndefined())

  test.each([
    ['another word', 'Saved and checked in 6.1 s: 156MB as 32.6MB (4.8:1).'],
    ['a word less', 'Saved and verified in 6.1 s: 156MB as 32.6MB.'],
    ['the beginning of a line', 'Saved and verified in 6.1 s:'],
    ['the middle of a line', 'verified'],
    ['a number where there is a word', ' 4711 | 4.03'],
    ['another unit', 'Saved and verified in 6.1 MB: 156MB as 32.6MB (4.8:1).'],
    ['a folder that is not there', '  …/db/reports/cluster_backup_20261201_002723'],
    ['a line that did not come', 'Verifying …'],
    ['what only a regular expression would find', '.*'],
  ])('is broken by %s', (_, line) => expect(missing(line)).toBe(line))

  test('has an order', () => {
    expect(missing(' Jungfraujoch | 1', '…', ' Davos | 1')).toBeUndefined()
    expect(missing(' Davos | 1', ' Jungfraujoch | 1')).toBe(' Jungfraujoch | 1')
  })

  test('a line that came once is not promised twice', () => {
    expect(missing(' Davos | 1', ' Davos | 1')).toBe(' Davos | 1')
  })

  test('nothing keeps no promise', () => expect(firstMissing(['ok'], '')).toBe('ok'))
})

test.each([
  ['2026-11-21T02:24:11.003Z', '#-#-#T#Z'],
  ['99b4f1bcdad2   timescaledb-toolkit/postgres:17', '# timescaledb-toolkit/postgres:#'],
  ['defaced cabbage', 'defaced cabbage'],
  ['is running for 2 h 5 min.', 'is running for # s .'],
  ['5 stations, 4 tables, 2 minutes ago', '# stations, # tables, # s ago'],
  ['──────  ───', '─ ─'],
  ['docker run --rm -v a', 'docker run --rm -v a'],
  ['3.5 MiB, 0B, 12 kB', '#B, #B, #B'],
])('“%s” is compared as “%s”', (line, masked) => expect(mask(line)).toBe(masked))

import { describe, expect, test } from 'vitest'
import type { ControlData } from '../postgres/control_data.ts'
import { isGuessed, isWalLost, resetArgv, resetOptions, wantsForce } from './reset_wal.ts'

const control: ControlData = {
  systemIdentifier: '7710340223698157583',
  state: 'in production',
  timeline: 1,
  redoWalFile: '000000010000000000000003',
  minimums: {},
  dataChecksums: true,
}
const nothing = { wal: [], xact: [], offsets: [], members: [] }
const there = { ...nothing, wal: ['000000010000000000000003', '000000010000000000000004', 'archive_status'] }

describe('options of pg_resetwal', () => {
  test('none where the control file and the WAL are there: it finds them itself', () => {
    expect(resetOptions(control, there)).toEqual([])
    expect(isWalLost(control, there)).toBe(false)
  })

  test.each<[string, string[], string]>([
    ['all of it', [], '000000010000010000000003'],
    ['its beginning', ['000000010000000000000007'], '000000010000010000000007'],
    ['what is behind a new timeline', ['0000000200000002000000FE'], '0000000200000102000000FE'],
    ['all but a part', ['000000010000000000000005.partial'], '000000010000010000000005'],
    ['all but names that are none', ['archive_status', '00000002.history'], '000000010000010000000003'],
  ])('WAL that is lost, %s: begin where nothing was ever written', (_, wal, next) => {
    expect(resetOptions(control, { ...nothing, wal })).toEqual([`--next-wal-file=${next}`])
    expect(isWalLost(control, { wal })).toBe(true)
  })

  test('a lost control file: counters from the names of files, as the manual has it', () => {
    const files = {
      wal: ['00000001000000000000000A'],
      xact: ['0002', '0003', 'notes'],
      offsets: ['0000', '0001'],
      members: ['0000', '0010'],
    }
    expect(resetOptions(undefined, files)).toEqual([
      '--next-transaction-id=4194304',
      '--oldest-transaction-id=2097152',
      '--multixact-ids=131072,1',
      '--multixact-offset=889984',
      '--next-wal-file=00000001000001000000000A',
    ])
  })

  test('counters that have no files, and one at its end', () => {
    expect(resetOptions(undefined, { ...nothing, xact: ['0FFF'] })).toEqual([
      '--next-transaction-id=3',
      '--oldest-transaction-id=4293918720',
      '--multixact-ids=65536,1',
      '--multixact-offset=52352',
      '--next-wal-file=000000010000010000000001',
    ])
  })
})

test('argv', () => {
  const folder = '/srv/it\'s "data"'
  expect(resetArgv(folder, [], 'dry-run')).toEqual(['pg_resetwal', '--dry-run', `--pgdata=${folder}`])
  expect(resetArgv(folder, ['--x=1'], 'careful')).toEqual(['pg_resetwal', '--x=1', `--pgdata=${folder}`])
  expect(resetArgv(folder, ['--x=1'], 'force')).toEqual([
    'pg_resetwal',
    '--force',
    '--x=1',
    `--pgdata=${folder}`,
  ])
})

describe('what pg_resetwal says', () => {
  test.each([
    [
      'unclean',
      'pg_resetwal: error: database server was not shut down cleanly\npg_resetwal: detail: …\npg_resetwal: hint: If you want to proceed anyway, use -f to force reset.',
    ],
    [
      'unclean',
      'The database server was not shut down cleanly.\nResetting the write-ahead log might cause data to be lost.\nIf you want to proceed anyway, use -f to force reset.',
    ],
    ['guessed', 'Guessed pg_control values:\n…\nIf these values seem acceptable, use -f to force reset.'],
    [undefined, 'pg_resetwal: error: lock file "postmaster.pid" exists'],
    [undefined, 'pg_resetwal: error: could not open directory "pg_wal/summaries-final"'],
  ])('%s', (why, words) => expect(wantsForce(words)).toBe(why))

  test('a control file that it guesses', () => {
    expect(isGuessed('Guessed pg_control values:\n')).toBe(true)
    expect(isGuessed('Current pg_control values:\n')).toBe(false)
  })
})

import { expect, test } from 'vitest'
import { asideOptions, heldNotes, recoveryMinimums } from './recovery.ts'

const control = { minimums: { max_connections: 300, max_wal_senders: 2, max_worker_processes: 16 } }

test('recovery gets at least what the saved server had', () => {
  expect(recoveryMinimums({ control } as never)).toEqual({
    max_connections: '300',
    max_wal_senders: '10',
    max_worker_processes: '16',
  })
})

test('a server that recovers aside reaches nobody, archives nothing and runs no jobs', () => {
  const options = asideOptions({ control } as never, { timescaledb: ['2.19.3'], major: 17 })
  expect(options).toMatchObject({
    listen_addresses: '',
    archive_mode: 'off',
    restore_command: 'false',
    primary_conninfo: '',
    max_connections: '300',
    'timescaledb.max_background_workers': '0',
  })
  const plain = asideOptions({ control } as never, { timescaledb: [], major: 17 })
  expect(Object.keys(plain)).not.toContain('timescaledb.max_background_workers')
})

test('what is held is said, with the way out', () => {
  const notes = heldNotes({ held: ['archive_mode', 'timescaledb.max_background_workers'], jobs: 3 })
  expect(notes[0]).toContain('ALTER SYSTEM RESET archive_mode')
  expect(notes[1]).toMatch(/^3 jobs of TimescaleDB[\s\S]*RESET timescaledb\.max_background_workers/)
  expect(heldNotes({ held: [], jobs: 0 })).toEqual([])
})

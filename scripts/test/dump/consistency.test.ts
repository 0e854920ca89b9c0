import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DumpMetadata } from '../../catalog/metadata.ts'
import { algorithm, leftOf, makeSlowDatabase, startSlowDump } from '../helpers/dumping.ts'
import { eventually } from '../helpers/saving.ts'
import { type Run, Toolkit } from '../helpers/toolkit.ts'

let toolkit: Toolkit
beforeAll(async () => {
  toolkit = await Toolkit.create()
  await toolkit.startDatabase()
  // A few seconds of each algorithm.
  await makeSlowDatabase(toolkit, 'busy', algorithm === 'zstd' ? 15_000 : 60_000)
  await toolkit.sql(
    'CREATE TABLE orders (n int); CREATE TABLE bookings (n int); CREATE TABLE held (n int)',
    'busy',
  )
})
afterAll(() => toolkit.dispose())

/** Each transaction writes into both tables, until somebody says stop; gives how many there were. */
async function write(client: Client, stop: AbortSignal): Promise<number> {
  let n = 0
  for (; !stop.aborted; n += 1) {
    await client.query('BEGIN')
    await client.query('INSERT INTO orders VALUES (1)')
    await client.query('INSERT INTO bookings VALUES (1)')
    await client.query('COMMIT')
    // The dump needs a processor as well.
    await sleep(5)
  }
  await client.end()
  return n
}

/** Rows that pg_restore finds of a table. */
const rowsIn = async (file: string, table: string): Promise<number> => {
  const script = `pg_restore --data-only --table=${table} --file=- '${join(toolkit.backupsDir, file)}' | grep -c '^1$'`
  return Number(await toolkit.inImage(script))
}

test('writes go on while a dump is made, which holds them up nowhere, and it is one moment of them', async () => {
  const stop = new AbortController()
  const writing = write(await toolkit.client('busy'), stop.signal)
  const { done } = await startSlowDump(toolkit, 'busy')
  const before = await toolkit.sql('SELECT count(*)::int AS n FROM orders', 'busy')
  const locks = await toolkit.sql(
    `SELECT DISTINCT l.mode FROM pg_locks l JOIN pg_stat_activity a USING (pid)
     WHERE l.locktype = 'relation' AND a.datname = 'busy' AND a.application_name IN ('pg_dump', 'timescaledb-toolkit')`,
  )
  const { code, stdout, stderr } = await done
  stop.abort()
  const written = await writing
  expect(code, stderr).toBe(0)
  expect(locks).toEqual([{ mode: 'AccessShareLock' }])
  const { metadata }: { metadata: DumpMetadata } = JSON.parse(stdout)
  const { 'public.orders': orders = 0, 'public.bookings': bookings = 0 } = metadata.table_counts
  expect(orders).toBe(bookings)
  expect(orders).toBeLessThanOrEqual(before[0].n)
  expect(written).toBeGreaterThan(orders)
  expect(await rowsIn(metadata.backup_file, 'orders')).toBe(orders)
  expect(await rowsIn(metadata.backup_file, 'bookings')).toBe(orders)
  await toolkit.ok('db_backup.ts', ['delete', metadata.id, '--yes'])
})

test('an ALTER TABLE waits until the dump is done, and the dump has the table as it was', async () => {
  const { done } = await startSlowDump(toolkit, 'busy')
  const altering = toolkit.sql('ALTER TABLE held ADD COLUMN more int', 'busy')
  await eventually('it waits', async () => {
    const waiting = await toolkit.sql(`SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'`)
    return waiting.length > 0
  })
  const { code, stdout, stderr } = await done
  expect(code, stderr).toBe(0)
  await altering
  const { metadata } = JSON.parse(stdout)
  const script = `pg_restore --schema-only --table=held --file=- '${join(toolkit.backupsDir, metadata.backup_file)}'`
  expect(await toolkit.inImage(script)).not.toContain('more integer')
  await toolkit.ok('db_backup.ts', ['delete', metadata.id, '--yes'])
})

describe('a table that somebody else has locked', () => {
  let holder: Client
  beforeAll(async () => {
    holder = await toolkit.client('busy')
    await holder.query('BEGIN; LOCK TABLE held IN ACCESS EXCLUSIVE MODE')
  })
  afterAll(() => holder.end())

  const refused = (run: Run) => {
    expect(run.code, run.stderr).toBe(8)
    expect(run.stderr).toContain('A table stayed locked, so the dump did not begin. Nothing of it was kept.')
    expect(run.stderr).toContain('HINT:')
  }

  test('ends the dump after LOCK_TIMEOUT, and nothing is left', async () => {
    refused(await toolkit.run('dump.ts', ['--db', 'busy', '--lock-timeout', '1']))
    expect(await leftOf(toolkit)).toEqual([])
  })

  test('is no matter where it is left out', async () => {
    const { metadata } = await toolkit.json('dump.ts', ['--db', 'busy', '--exclude-tables', 'held,large'])
    expect(Object.keys(metadata.table_counts)).toEqual(['public.bookings', 'public.orders'])
    await toolkit.ok('db_backup.ts', ['delete', metadata.id, '--yes'])
  })

  test('is waited for, and what was done to it until then is in the dump', async () => {
    await holder.query('INSERT INTO held (n) VALUES (1), (2)')
    const { done } = toolkit.start('dump.ts', ['--db', 'busy', '--tables', 'held', '--json'])
    await eventually('it waits', async () => {
      const waiting = await toolkit.sql(`SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'`)
      return waiting.length > 0
    })
    await holder.query('COMMIT')
    const { code, stdout, stderr } = await done
    expect(code, stderr).toBe(0)
    expect(JSON.parse(stdout).metadata.table_counts).toEqual({ 'public.held': 2 })
  })
})

test('a table that is dropped while the dump waits for another one is not missed', async () => {
  await toolkit.sql('CREATE TABLE gone (n int)', 'busy')
  const holder = await toolkit.client('busy')
  await holder.query('BEGIN; DROP TABLE gone; LOCK TABLE bookings IN ACCESS EXCLUSIVE MODE')
  const { done } = toolkit.start('dump.ts', ['--db', 'busy', '--exclude-tables', 'large', '--json'])
  await eventually('it waits', async () => {
    const waiting = await toolkit.sql(`SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'`)
    return waiting.length > 0
  })
  await holder.query('COMMIT')
  await holder.end()
  const { code, stdout, stderr } = await done
  expect(code, stderr).toBe(0)
  expect(Object.keys(JSON.parse(stdout).metadata.table_counts)).not.toContain('public.gone')
})

import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startSlowSave } from '../helpers/saving.ts'
import { Toolkit } from '../helpers/toolkit.ts'

const database = `it's "ours" ✓`
const writers = 4

let toolkit: Toolkit
beforeAll(async () => {
  toolkit = await Toolkit.create()
  await toolkit.startDatabase()
  await toolkit.sql(`CREATE DATABASE "it's ""ours"" ✓"`)
  // The chunks of the hypertable are of one second each: new ones come while the save runs.
  await toolkit.sql(
    `CREATE EXTENSION IF NOT EXISTS timescaledb;
     CREATE TABLE orders (writer int, n int, PRIMARY KEY (writer, n));
     CREATE TABLE bookings (at timestamptz NOT NULL DEFAULT clock_timestamp(), writer int, n int);
     SELECT create_hypertable('bookings', 'at', chunk_time_interval => interval '1 second');
     CREATE TABLE totals AS SELECT 0 AS orders, 0 AS bookings;`,
    database,
  )
})
afterAll(() => toolkit.dispose())

/** Each transaction writes the next number into both tables; `acknowledged` holds what the server has promised. */
async function write(client: Client, writer: number, acknowledged: number[], stop: AbortSignal) {
  for (let n = 1; !stop.aborted; n += 1) {
    await client.query('BEGIN')
    await client.query('INSERT INTO orders VALUES ($1, $2)', [writer, n])
    await client.query('INSERT INTO bookings (writer, n) VALUES ($1, $2)', [writer, n])
    if (writer === 0) await client.query('UPDATE totals SET orders = orders + 1, bookings = bookings + 1')
    await client.query('COMMIT')
    acknowledged[writer] = n
  }
  await client.end()
}

test('writes go on while saving, and what comes back is one moment of them', async () => {
  const acknowledged: number[] = []
  const stop = new AbortController()
  const clients = await Promise.all(Array.from({ length: writers }, () => toolkit.client(database)))
  const writing = Promise.all(clients.map((client, w) => write(client, w, acknowledged, stop.signal)))
  await sleep(1000)
  const before = [...acknowledged]
  const { metadata } = await toolkit.json('save.ts', ['--max-rate', '8M', '--compress', 'none'])
  const after = [...acknowledged]
  stop.abort()
  await writing
  for (let w = 0; w < writers; w += 1) expect(after[w]).toBeGreaterThan(before[w] ?? 0)

  await toolkit.ok('restore_docker.ts', [metadata.id, '--yes'])
  await toolkit.ok('database.ts', ['start-restored'])
  const ask = (sql: string) => toolkit.sql(sql, database)
  const restored = await ask(`SELECT writer, min(n)::int AS first, max(n)::int AS last, count(*)::int AS count
     FROM orders GROUP BY writer ORDER BY writer`)
  expect(restored).toHaveLength(writers)
  for (const { writer, first, last, count } of restored) {
    expect({ writer, first, count }).toEqual({ writer, first: 1, count: last })
    expect(last).toBeGreaterThanOrEqual(before[writer] ?? 0)
    expect(last).toBeLessThanOrEqual(after[writer] ?? 0)
  }
  const [torn] = await ask(`SELECT count(*)::int AS count FROM orders o FULL JOIN bookings b USING (writer, n)
     WHERE o IS NULL OR b IS NULL`)
  expect(torn.count).toBe(0)
  const [totals] = await ask('SELECT * FROM totals')
  expect(totals).toEqual({ orders: restored[0].count, bookings: restored[0].count })
  const [chunks] = await ask(`SELECT count(*)::int AS count FROM show_chunks('bookings')`)
  expect(chunks.count).toBeGreaterThan(2)
  // The restored cluster takes up writing where the copy ends.
  await ask(`INSERT INTO orders SELECT 0, max(n) + 1 FROM orders WHERE writer = 0`)
})

test('a row that is not committed when the save ends is not in it', async () => {
  const client = await toolkit.client(database)
  await client.query('BEGIN; INSERT INTO orders VALUES (99, 1)')
  const id = await toolkit.save()
  await client.query('COMMIT')
  await client.end()
  await toolkit.ok('restore_docker.ts', [id, '--yes'])
  expect(await toolkit.sql('SELECT * FROM orders WHERE writer = 99', database)).toEqual([])
})

test('a save holds no lock that writers, DROP DATABASE or CREATE INDEX would wait for', async () => {
  const { child, done } = await startSlowSave(toolkit)
  await toolkit.sql('CREATE INDEX ON orders (n)', database)
  await toolkit.sql('VACUUM FULL totals', database)
  await toolkit.sql('CREATE DATABASE short_lived')
  await toolkit.sql('DROP DATABASE short_lived')
  child.kill('SIGINT')
  expect((await done).code).toBe(130)
})

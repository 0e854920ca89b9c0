import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { docker, noEngine, whyNoEngine } from '../helpers/place.ts'
import { Toolkit } from '../helpers/toolkit.ts'

/** Policies are in the full edition of TimescaleDB only. */
const full = process.env.TEST_IMAGE_TSL ?? 'timescale/timescaledb:latest-pg17'
const isHere = noEngine
  ? undefined
  : await docker('image', 'inspect', '--format', '{{.Id}}', full).catch(() => undefined)
const whyNot = isHere
  ? ''
  : whyNoEngine || ` (not run: the image ${full} is not on this machine; TEST_IMAGE_TSL names another)`

let toolkit: Toolkit
const env = { IMAGE: full }
const chunks = async () => Number((await toolkit.sql(`SELECT count(*) FROM show_chunks('m')`))[0].count)

beforeAll(async () => {
  if (!isHere) return
  toolkit = await Toolkit.create()
  await toolkit.ok('database.ts', ['start'], { env })
})
afterAll(() => toolkit?.dispose())

test.skipIf(!isHere)(
  `a retention policy does not delete what was just restored, until make restart${whyNot}`,
  async () => {
    await toolkit.sql(`
    CREATE EXTENSION IF NOT EXISTS timescaledb;
    CREATE TABLE m (time timestamptz NOT NULL, v int);
    SELECT create_hypertable('m', 'time', chunk_time_interval => interval '1 day');
    INSERT INTO m SELECT '2020-01-01'::timestamptz + n * interval '1 day', n FROM generate_series(1, 10) n`)
    const { id } = (await toolkit.json('save.ts', [], { env })).metadata
    const many = await chunks()
    expect(many).toBeGreaterThan(8)
    // Without a policy nothing is held.
    await toolkit.ok('restore_docker.ts', [id, '--yes'], { env })
    expect(await toolkit.json('database.ts', ['start-restored'], { env })).toMatchObject({ held_jobs: [] })

    // The policy runs a moment later than the backup is taken: its first start is set so.
    await toolkit.sql(
      `SELECT add_retention_policy('m', interval '1 day', schedule_interval => interval '1 second', initial_start => now() + interval '15 seconds')`,
    )
    const withPolicy = (await toolkit.json('save.ts', [], { env })).metadata.id
    expect(await chunks()).toBe(many)
    await toolkit.ok('database.ts', ['stop'], { env })
    await toolkit.ok('restore_docker.ts', [withPolicy, '--yes'], { env })
    const started = await toolkit.json('database.ts', ['start-restored'], { env })
    expect(started.held_jobs).toEqual([expect.stringMatching(/^postgres: Retention Policy .* on m$/)])
    await sleep(17_000)
    expect(await chunks()).toBe(many)

    await toolkit.ok('database.ts', ['restart'], { env })
    await expect.poll(chunks, { timeout: 60_000 }).toBe(0)
    // Nothing is held any more, and start-restored does not say that anything were.
    expect(await toolkit.json('database.ts', ['start-restored'], { env })).toMatchObject({ held_jobs: [] })
  },
)

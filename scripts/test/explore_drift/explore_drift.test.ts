import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { assess } from '../../explore/assess.ts'
import { checks } from '../../explore/checks/list.ts'
import { readExploreConfig } from '../../explore/config/config.ts'
import { drawDiagrams } from '../../explore/diagram/diagrams.ts'
import { mermaidOverview } from '../../explore/diagram/mermaid.ts'
import { type Drift, drift } from '../../explore/drift/drift.ts'
import { renderDrift } from '../../explore/drift/markdown.ts'
import { readReport } from '../../explore/drift/read.ts'
import { gather } from '../../explore/gather.ts'
import { model } from '../../explore/model.ts'
import type { Report } from '../../explore/report.ts'
import { Toolkit } from '../helpers/toolkit.ts'

const database = 'drifting'
let toolkit: Toolkit
let timescale: boolean

const sql = (text: string): Promise<unknown> => toolkit.sql(text, database)
async function look(user = 'postgres'): Promise<Report> {
  const { port, password } = toolkit
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    user,
    password: user === 'postgres' ? password : 'x',
    database,
  })
  await client.connect()
  try {
    const { gathered, now } = await gather(client)
    const config = await readExploreConfig(undefined, checks)
    return model(gathered, assess(gathered, checks, config.checks, now), {
      generatedAt: now,
      discretion: config.discretion,
      excludeSchemas: [],
    })
  } finally {
    await client.end()
  }
}

beforeAll(async () => {
  toolkit = await Toolkit.create()
  await toolkit.startDatabase()
  await toolkit.sql(`CREATE DATABASE ${database}`)
  const [row] = await toolkit.sql(
    "SELECT coalesce(current_setting('timescaledb.license', true), '') AS license",
  )
  timescale = row.license === 'timescale'
  await sql(`CREATE TABLE station (id int PRIMARY KEY, name text NOT NULL DEFAULT 'x', boss int REFERENCES station);
    CREATE TABLE meteo (time timestamptz NOT NULL, station int NOT NULL REFERENCES station, v float);
    CREATE INDEX meteo_v ON meteo (v);
    CREATE TABLE "odd <b>""|x
y" (id int PRIMARY KEY, station int REFERENCES station);
    CREATE VIEW latest AS SELECT * FROM meteo;
    CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE ROLE drifting_reader LOGIN PASSWORD 'x';`)
  if (!timescale) return
  await sql('CREATE EXTENSION IF NOT EXISTS timescaledb')
  await sql(`SELECT create_hypertable('meteo', 'time', chunk_time_interval => interval '7 days');
    INSERT INTO station VALUES (1);
    INSERT INTO meteo SELECT t, 1, 1 FROM generate_series(now() - interval '30 days', now(), '1 hour') t;
    SELECT add_retention_policy('meteo', interval '60 days')`)
  await sql(`CREATE MATERIALIZED VIEW daily WITH (timescaledb.continuous) AS
    SELECT time_bucket('1 day', time) AS day, avg(v) FROM meteo GROUP BY 1 WITH NO DATA`)
})
afterAll(async () => {
  await toolkit?.dispose()
})

describe('drift between two reports of a server', () => {
  test('tells what was done in between, and nothing else', async () => {
    const before = await look()
    expect(lines(drift(before, await look()))).toEqual([])
    const file = join(toolkit.home, 'report.json')
    await writeFile(file, JSON.stringify(before))
    await sql(`ALTER TABLE station ALTER name DROP DEFAULT, ADD height int;
      ALTER TABLE station ALTER name DROP NOT NULL;
      CREATE INDEX station_name ON station (name);
      DROP INDEX meteo_v;
      GRANT SELECT ON station TO drifting_reader;
      CREATE OR REPLACE VIEW latest AS SELECT time, station, v FROM meteo WHERE v > 0;
      CREATE OR REPLACE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 2';
      CREATE TABLE fresh (id int PRIMARY KEY);
      DROP TABLE "odd <b>""|x
y";
      COMMENT ON TABLE station IS 'a|b <i>';`)
    if (timescale)
      await sql(`SELECT set_chunk_time_interval('meteo', interval '1 day');
        SELECT remove_retention_policy('meteo');
        SELECT add_retention_policy('meteo', interval '90 days')`)
    const after = await look()
    const result = drift(await readReport(file), after)
    expect(lines(result)).toEqual(
      [
        '+ table public.fresh',
        '+ column height',
        '+ grant drifting_reader',
        '+ index station_name',
        '- index meteo_v',
        '- table public."odd <b>""|x\ny"',
        ...(timescale
          ? ['+ retention job', '- retention job', '~ hypertable public.meteo: chunk interval of time']
          : []),
        '~ column name: default',
        '~ column name: null',
        '~ function public.f(integer): body (md5)',
        '~ table public.station: comment',
        '~ view public.latest: definition',
      ].sort(),
    )
    const text = renderDrift(result, new Set())
    expect(text).toContain('a\\|b <i>')
    expect(text.split('\n').filter(line => line.startsWith('y'))).toEqual([])
  })

  test('what a role may not see is not gone', async () => {
    const all = await look()
    const few = await look('drifting_reader')
    const { added, removed } = drift(all, few)
    expect({ added, removed }).toEqual({ added: [], removed: [] })
  })
})

test('the diagrams of a server’s report show what is related', async () => {
  const report = await look()
  const { overview, neighbourhoods } = await drawDiagrams(report)
  expect(overview?.svg).toContain('public.meteo refers to public.station (station → id)')
  expect(overview?.svg).toContain('public.latest reads public.meteo')
  expect(neighbourhoods['public.station']).toContain('href="#relation-public.meteo"')
  const mermaid = mermaidOverview(report)?.text
  expect(mermaid).toMatch(/r\d+ }o--\|\| r\d+ : "station"/)
  if (!timescale) return
  expect(overview?.svg).toContain('public.daily aggregates public.meteo')
  expect(mermaid).toContain('public.daily (continuous aggregate)')
})

const lines = ({ added, removed, changed }: Drift): string[] => {
  const job = (what: string, name: string): string => (what.endsWith(' job') ? what : `${what} ${name}`)
  return [
    ...added.map(({ what, name }) => `+ ${job(what, name)}`),
    ...removed.map(({ what, name }) => `- ${job(what, name)}`),
    ...changed.map(({ what, name, aspect }) => `~ ${what} ${name}: ${aspect}`),
  ].sort()
}

import { noTimescale } from './place.ts'
import { besideServer } from './server.ts'
import type { Toolkit } from './toolkit.ts'

/** Two tablespaces with a space in their paths: a table in the one, a hypertable in the other (a table without TimescaleDB). */
export async function createTablespaces(toolkit: Toolkit): Promise<void> {
  const folders = ['fast disk', 'slow disk'].map(name => `${toolkit.tablespaces}/${name}`)
  await besideServer(toolkit, 'mkdir', ...folders)
  await toolkit.sql(`CREATE TABLESPACE fast LOCATION '${folders[0]}'`)
  await toolkit.sql(`CREATE TABLESPACE slow LOCATION '${folders[1]}'`)
  const hypertable = noTimescale
    ? ''
    : `CREATE EXTENSION IF NOT EXISTS timescaledb; SELECT create_hypertable('in_slow', 'time');`
  await toolkit.sql(`
    CREATE TABLE in_fast TABLESPACE fast AS SELECT generate_series(1, 5000) AS n;
    CREATE TABLE in_slow (time timestamptz NOT NULL, value int) TABLESPACE slow;
    ${hypertable}
    INSERT INTO in_slow SELECT '2026-01-01'::timestamptz + n * interval '1 hour', n FROM generate_series(1, 2000) n`)
}

export async function oids(toolkit: Toolkit): Promise<{ fast: string; slow: string }> {
  const rows = await toolkit.sql(
    `SELECT oid::text, spcname FROM pg_tablespace WHERE spcname IN ('fast', 'slow')`,
  )
  const oid = (name: string): string => rows.find(r => r.spcname === name)?.oid ?? ''
  return { fast: oid('fast'), slow: oid('slow') }
}

/** What both hold, and whether the hypertable's chunks lie where they should. */
export async function look(toolkit: Toolkit): Promise<{ fast: string; slow: string; chunks_there: boolean }> {
  const [row] = await toolkit.sql(`
    SELECT (SELECT count(*) || ' ' || sum(n) FROM in_fast) AS fast,
           (SELECT count(*) || ' ' || sum(value) FROM in_slow) AS slow,
           (SELECT count(*) > ${noTimescale ? 0 : 1} FROM pg_class c JOIN pg_tablespace t ON t.oid = reltablespace
             WHERE spcname = 'slow' AND relname LIKE '${noTimescale ? 'in_slow' : '%chunk'}') AS chunks_there`)
  return row
}

/** The paths that the server knows them by. */
export async function locations(toolkit: Toolkit): Promise<string[]> {
  const rows = await toolkit.sql(
    `SELECT pg_tablespace_location(oid) AS l FROM pg_tablespace WHERE spcname IN ('fast', 'slow') ORDER BY spcname`,
  )
  return rows.map(r => r.l)
}

/** Names in the cluster's own folder of tablespaces, on this machine. */
export const ownFolders = async (toolkit: Toolkit): Promise<string[]> =>
  (await toolkit.asRoot(`ls '${toolkit.dataDir}-tablespaces'`)).split('\n')

import type { ClientBase } from 'pg'

/** A relation that pg_dump writes, or locks. */
export type Relation = {
  oid: number
  schema: string
  name: string
  /** As SQL text: `public."Odd name"`. */
  sql: string
  kind: 'table' | 'partitioned table' | 'sequence' | 'view' | 'materialized view' | 'foreign table'
  /** The table that it inherits from: of a partition, or of a chunk. */
  parent: number | null
  isPartition: boolean
  isUnlogged: boolean
  /** A chunk of a hypertable, or what keeps the compressed rows of one. */
  isChunk: boolean
  isHypertable: boolean
  readable: boolean
  /** Row-level security would hide rows from who asks. */
  hidden: boolean
}

export type DatabaseFacts = {
  name: string
  owner: string
  encoding: string
  provider: 'libc' | 'icu' | 'builtin'
  collate: string
  ctype: string
  locale: string | null
  icuRules: string | null
  /** Bytes; undefined where the role may not ask. */
  bytes?: number
  isSuperuser: boolean
  /** May read pg_authid, as pg_dumpall does. */
  readsHashes: boolean
  inRecovery: boolean
  extensions: { name: string; version: string; schema: string }[]
  timescaledb?: { version: string; schema: string; edition: 'tsl' | 'apache' }
  /** Roles that own something, or that privileges or row security policies are about. */
  roles: { name: string; as: ('owner' | 'privileges' | 'policy')[] }[]
  /** Tablespaces of relations, beside the database's own. */
  tablespaces: string[]
  relations: Relation[]
}

/** What a dump has to know of the database that the client is connected to. It changes nothing. */
export async function readDatabaseFacts(client: ClientBase): Promise<DatabaseFacts> {
  const [row] = (await client.query(databaseQuery)).rows
  const extensions = (await client.query(extensionQuery)).rows
  const timescale = extensions.find(({ name }) => name === 'timescaledb')
  const roles = (await client.query(roleQuery)).rows
  const tablespaces = (await client.query(tablespaceQuery)).rows.map(({ name }) => name as string)
  const { bytes, ...database } = row
  return {
    ...database,
    ...(bytes !== null && { bytes: Number(bytes) }),
    extensions,
    ...(timescale && {
      timescaledb: {
        version: timescale.version,
        schema: timescale.schema,
        edition: row.license === 'apache' ? 'apache' : 'tsl',
      },
    }),
    roles,
    tablespaces,
    relations: await readRelations(client, timescale !== undefined),
  }
}

/** Version 17 has the locale of every provider in one column; 15 and 16 that of ICU; before there is none. */
const databaseQuery = `
  SELECT d.datname AS name, pg_get_userbyid(d.datdba) AS owner, pg_encoding_to_char(d.encoding) AS encoding,
    CASE coalesce(to_jsonb(d) ->> 'datlocprovider', 'c') WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END AS provider,
    d.datcollate AS collate, d.datctype AS ctype,
    coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale') AS locale,
    to_jsonb(d) ->> 'daticurules' AS "icuRules",
    CASE WHEN has_database_privilege(d.oid, 'CONNECT') OR pg_has_role('pg_read_all_stats', 'USAGE')
      THEN pg_database_size(d.oid) END AS bytes,
    (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS "isSuperuser",
    has_table_privilege('pg_authid', 'SELECT') AS "readsHashes",
    pg_is_in_recovery() AS "inRecovery",
    current_setting('timescaledb.license', true) AS license
  FROM pg_database d WHERE d.datname = current_database()`

const extensionQuery = `
  SELECT e.extname AS name, e.extversion AS version, n.nspname AS schema
  FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
  WHERE e.extname <> 'plpgsql' ORDER BY 1`

/**
 * pg_shdepend knows every role that something in the database depends on, but the first superuser of the cluster, on
 * which nothing is written down to depend. https://www.postgresql.org/docs/current/catalog-pg-shdepend.html
 */
const roleQuery = `
  WITH depends AS (
    SELECT refobjid AS role, CASE deptype WHEN 'o' THEN 'owner' WHEN 'r' THEN 'policy' ELSE 'privileges' END AS how
    FROM pg_shdepend
    WHERE refclassid = 'pg_authid'::regclass
      AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
    UNION ALL SELECT datdba, 'owner' FROM pg_database WHERE datname = current_database()
    UNION ALL SELECT relowner, 'owner' FROM pg_class WHERE relowner = 10 AND oid >= 16384
    UNION ALL SELECT proowner, 'owner' FROM pg_proc WHERE proowner = 10 AND oid >= 16384
    UNION ALL SELECT nspowner, 'owner' FROM pg_namespace WHERE nspowner = 10 AND oid >= 16384)
  SELECT r.rolname AS name, array_agg(DISTINCT d.how ORDER BY d.how) AS "as"
  FROM depends d JOIN pg_roles r ON r.oid = d.role
  WHERE r.rolname !~ '^pg_' GROUP BY 1 ORDER BY 1`

const tablespaceQuery = `
  SELECT DISTINCT t.spcname AS name FROM pg_class c JOIN pg_tablespace t ON t.oid = c.reltablespace
  WHERE t.spcname <> 'pg_global' ORDER BY 1`

/**
 * A chunk is what inherits from a hypertable; TimescaleDB's own catalog of chunks changes from version to version. What
 * else lies in its schemas keeps compressed rows.
 */
const relationQuery = (timescale: boolean): string => `
  WITH me AS (SELECT rolsuper OR rolbypassrls AS sees_all FROM pg_roles WHERE rolname = current_user),
  inherits AS (SELECT inhrelid, min(inhparent::oid::int8)::int8 AS parent FROM pg_inherits GROUP BY 1),
  hypertable AS (${timescale ? hypertableQuery : 'SELECT NULL::oid AS oid WHERE false'})
  SELECT c.oid::int8::float8 AS oid, n.nspname AS schema, c.relname AS name, format('%I.%I', n.nspname, c.relname) AS sql,
    CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 'S' THEN 'sequence'
      WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' ELSE 'foreign table' END AS kind,
    i.parent::float8 AS parent, c.relispartition AS "isPartition", c.relpersistence = 'u' AS "isUnlogged",
    EXISTS (SELECT FROM hypertable WHERE oid = i.parent)
      OR (n.nspname LIKE '\\_timescaledb\\_%' AND h.oid IS NULL) AS "isChunk",
    h.oid IS NOT NULL AS "isHypertable",
    has_schema_privilege(n.oid, 'USAGE')
      AND CASE c.relkind WHEN 'S' THEN has_sequence_privilege(c.oid, 'SELECT') WHEN 'f' THEN true
        ELSE has_table_privilege(c.oid, 'SELECT') END AS readable,
    c.relrowsecurity AND NOT me.sees_all
      AND (c.relforcerowsecurity OR NOT pg_has_role(c.relowner, 'USAGE')) AS hidden
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace CROSS JOIN me
  LEFT JOIN inherits i ON i.inhrelid = c.oid
  LEFT JOIN hypertable h ON h.oid = c.oid
  WHERE c.relkind IN ('r', 'p', 'S', 'v', 'm', 'f') AND c.relpersistence <> 't'
    AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (SELECT FROM pg_depend d
      WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
  ORDER BY n.nspname, c.relname`

const hypertableQuery = `SELECT c.oid FROM _timescaledb_catalog.hypertable h
    JOIN pg_namespace n ON n.nspname = h.schema_name
    JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = h.table_name
    WHERE h.compression_state <> 2`

const readRelations = async (client: ClientBase, timescale: boolean): Promise<Relation[]> =>
  (await client.query(relationQuery(timescale))).rows

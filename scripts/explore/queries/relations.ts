import type { RelationFacts, RelationKind, RelationUsage } from '../facts.ts'
import { iso, type Query } from './query.ts'
import { storage } from './storage.ts'

/** Tables, views and their like, with the sums over their partitions and chunks. */
export const relationsQuery: Query<'relations'> = {
  name: 'relations',
  subject: 'tables and views',
  async read(ask, server) {
    const rows = await ask<Row>(
      `WITH RECURSIVE ${await storage(ask, server)}, ${parts}, ${sums} ${relations}`,
    )
    return rows.map(fact)
  },
}

const option = (options: string, name: string, setting = name): string => `coalesce(
  (SELECT option_value::float8 FROM pg_options_to_table(${options}) WHERE option_name = '${name}'),
  current_setting('${setting}')::float8)`

/** autovacuum's own formula. https://www.postgresql.org/docs/current/routine-vacuuming.html#AUTOVACUUM */
const due = (kind: 'vacuum' | 'analyze', count: string): string => `${count} >
  ${option('c.reloptions', `autovacuum_${kind}_threshold`)} +
  ${option('c.reloptions', `autovacuum_${kind}_scale_factor`)} * greatest(c.reltuples, 0)`

/** Where there are more parts than so many, only the new and the large ones (pages) are looked up. */
const manyParts = 20_000
const largePart = 131_072

/**
 * One row for each part. Sizes are looked up file by file, without a lock that outlasts the look. Of what is locked by
 * somebody else, and of the many small parts of a very large database, we know what the last VACUUM or ANALYZE wrote
 * down.
 */
const parts = `part AS MATERIALIZED (
  SELECT s.root, s.compressed, s.counts, c.oid, c.relkind, c.reltuples, c.relpages, c.reloptions,
    m.measured,
    CASE WHEN m.measured AND c.relkind IN ('r', 'm') THEN pg_table_size(c.oid)::float8 END AS heap,
    CASE WHEN m.measured AND c.relkind IN ('r', 'm') THEN pg_indexes_size(c.oid)::float8 END AS indexes,
    CASE WHEN m.measured AND c.reltoastrelid <> 0 THEN pg_total_relation_size(c.reltoastrelid)::float8 END AS toast,
    CASE WHEN c.relfrozenxid <> '0' THEN greatest(age(c.relfrozenxid), age(nullif(t.relfrozenxid, '0'))) END AS xid_age,
    CASE WHEN c.relminmxid <> '0' THEN greatest(mxid_age(c.relminmxid), mxid_age(nullif(t.relminmxid, '0'))) END AS mxid_age,
    pg_stat_get_numscans(c.oid) AS seq_scans, pg_stat_get_tuples_returned(c.oid) AS seq_rows,
    pg_stat_get_tuples_inserted(c.oid) AS inserted, pg_stat_get_tuples_updated(c.oid) AS updated,
    pg_stat_get_tuples_deleted(c.oid) AS deleted, pg_stat_get_tuples_hot_updated(c.oid) AS hot_updated,
    pg_stat_get_live_tuples(c.oid) AS live, pg_stat_get_dead_tuples(c.oid) AS dead,
    pg_stat_get_mod_since_analyze(c.oid) AS changed,
    pg_stat_get_blocks_fetched(c.oid) AS fetched, pg_stat_get_blocks_hit(c.oid) AS hit,
    greatest(pg_stat_get_last_vacuum_time(c.oid), pg_stat_get_last_autovacuum_time(c.oid)) AS last_vacuum,
    greatest(pg_stat_get_last_analyze_time(c.oid), pg_stat_get_last_autoanalyze_time(c.oid)) AS last_analyze
  FROM storage s JOIN pg_class c ON c.oid = s.part LEFT JOIN pg_class t ON t.oid = c.reltoastrelid
    LEFT JOIN locked l ON l.oid = c.oid
    CROSS JOIN (SELECT count(*) <= ${manyParts} AS few FROM storage) f
    CROSS JOIN LATERAL (
      SELECT l.oid IS NULL AND (f.few OR c.relpages = 0 OR c.relpages > ${largePart}) AS measured) m
  WHERE c.relkind IN ('r', 'p', 'm')
),
index_use AS (
  SELECT p.root, sum(pg_stat_get_numscans(i.indexrelid))::float8 AS scans,
    sum(pg_stat_get_tuples_returned(i.indexrelid))::float8 AS rows,
    sum(pg_stat_get_blocks_fetched(i.indexrelid) - pg_stat_get_blocks_hit(i.indexrelid))::float8 AS read,
    sum(pg_stat_get_blocks_hit(i.indexrelid))::float8 AS hit,
    sum(CASE WHEN NOT p.measured THEN c.relpages END)::float8 * current_setting('block_size')::int AS noted_bytes
  FROM part p JOIN pg_index i ON i.indrelid = p.oid JOIN pg_class c ON c.oid = i.indexrelid
  WHERE p.relkind <> 'p'
  GROUP BY p.root
)`

/** A compressed chunk counts batches of rows, and how many rows are in them stands in TimescaleDB's catalog. */
const sums = `sums AS (
  SELECT root, count(*) FILTER (WHERE counts AND relkind <> 'p')::int AS parts,
    sum(reltuples) FILTER (WHERE reltuples >= 0 AND relkind <> 'p' AND NOT compressed)::float8 AS rows,
    sum(live) FILTER (WHERE reltuples < 0 AND relkind <> 'p' AND NOT compressed)::float8 AS uncounted,
    bool_and(reltuples < 0) FILTER (WHERE relkind <> 'p' AND NOT compressed) AS never_counted,
    sum(coalesce(heap + indexes, relpages::float8 * current_setting('block_size')::int))::float8 AS total,
    sum(coalesce(indexes, 0))::float8 AS indexes, sum(coalesce(toast, 0))::float8 AS toast,
    bool_and(measured OR relkind = 'p') AS exact,
    max(xid_age)::float8 AS xid_age, max(mxid_age)::float8 AS mxid_age,
    sum(seq_scans)::float8 AS seq_scans, sum(seq_rows)::float8 AS seq_rows, sum(inserted)::float8 AS inserted,
    sum(updated)::float8 AS updated, sum(deleted)::float8 AS deleted, sum(hot_updated)::float8 AS hot_updated,
    sum(live) FILTER (WHERE NOT compressed)::float8 AS live, sum(dead)::float8 AS dead, sum(changed)::float8 AS changed,
    sum(fetched - hit)::float8 AS read, sum(hit)::float8 AS hit,
    max(last_vacuum) AS last_vacuum, max(last_analyze) AS last_analyze,
    count(*) FILTER (WHERE ${due('vacuum', 'c.dead')})::int AS vacuum_due,
    count(*) FILTER (WHERE NOT compressed AND ${due('analyze', 'c.changed')})::int AS analyze_due,
    count(*) FILTER (WHERE NOT compressed AND EXISTS (SELECT FROM pg_options_to_table(c.reloptions)
      WHERE option_name = 'autovacuum_enabled' AND option_value IN ('false', 'off', 'no', '0')))::int AS autovacuum_off,
    count(*) FILTER (WHERE relkind <> 'p' AND NOT compressed AND reltuples < 0 AND live > 0)::int AS never_analyzed
  FROM part c GROUP BY root
)`

const relations = `SELECT c.oid, quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS id,
    n.nspname::text AS schema, c.relname::text AS name,
    CASE WHEN h.oid IS NOT NULL THEN 'hypertable' WHEN a.oid IS NOT NULL THEN 'continuous aggregate'
      ELSE CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 'v' THEN 'view'
        WHEN 'm' THEN 'materialized view' ELSE 'foreign table' END END AS kind,
    pg_get_userbyid(c.relowner)::text AS owner, obj_description(c.oid, 'pg_class') AS comment,
    e.extname::text AS extension, CASE c.relpersistence WHEN 'u' THEN 'unlogged' ELSE 'permanent' END AS persistence,
    am.amname::text AS access_method, ts.spcname::text AS tablespace,
    (SELECT coalesce(array_agg(o ORDER BY o), '{}') FROM unnest(c.reloptions) o) AS options,
    c.relrowsecurity AS row_security, c.relforcerowsecurity AS force_row_security,
    CASE WHEN c.relkind IN ('r', 'p') THEN CASE c.relreplident WHEN 'd' THEN 'default' WHEN 'n' THEN 'nothing'
      WHEN 'f' THEN 'full' ELSE 'index' END END AS replica_identity,
    CASE WHEN c.relkind = 'p' AND l.oid IS NULL THEN pg_get_partkeydef(c.oid) END AS partition_key,
    (SELECT coalesce(array_agg(i.inhparent::regclass::text ORDER BY i.inhseqno), '{}')
      FROM pg_inherits i WHERE i.inhrelid = c.oid) AS inherits,
    s.*, z.rows AS packed, u.scans AS index_scans, u.rows AS index_rows, u.read AS index_read, u.hit AS index_hit,
    coalesce(u.noted_bytes, 0) AS noted_index_bytes,
    ${iso('s.last_vacuum')} AS vacuumed_at, ${iso('s.last_analyze')} AS analyzed_at
  FROM root r JOIN pg_class c ON c.oid = r.oid JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN hyper h ON h.oid = c.oid LEFT JOIN aggregate a ON a.oid = c.oid
    LEFT JOIN pg_am am ON am.oid = c.relam LEFT JOIN pg_tablespace ts ON ts.oid = c.reltablespace
    LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
      AND d.refclassid = 'pg_extension'::regclass
    LEFT JOIN pg_extension e ON e.oid = d.refobjid
    LEFT JOIN sums s ON s.root = c.oid LEFT JOIN index_use u ON u.root = c.oid
    LEFT JOIN packed_rows z ON z.root = c.oid LEFT JOIN locked l ON l.oid = c.oid
  ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"`

type Row = Omit<RelationFacts, 'rows' | 'usage' | 'parts'> & {
  kind: RelationKind
  root: number | null
  parts: number
  rows: number | null
  uncounted: number | null
  packed: number | null
  never_counted: boolean | null
  total: number
  indexes: number
  toast: number
  exact: boolean
  seq_scans: number
  seq_rows: number
  inserted: number
  updated: number
  deleted: number
  hot_updated: number
  live: number | null
  dead: number
  changed: number
  read: number
  hit: number
  index_scans: number | null
  index_rows: number | null
  index_read: number | null
  index_hit: number | null
  noted_index_bytes: number
  vacuumed_at: string | null
  analyzed_at: string | null
}

function fact(row: Row): RelationFacts {
  const stored = row.root !== null
  const indexes = (row.indexes ?? 0) + row.noted_index_bytes
  const total = (row.total ?? 0) + row.noted_index_bytes
  return {
    oid: row.oid,
    id: row.id,
    schema: row.schema,
    name: row.name,
    kind: row.kind,
    owner: row.owner,
    comment: row.comment,
    extension: row.extension,
    persistence: row.persistence,
    access_method: row.access_method,
    tablespace: row.tablespace,
    options: row.options,
    row_security: row.row_security,
    force_row_security: row.force_row_security,
    replica_identity: row.replica_identity,
    partition_key: row.partition_key,
    inherits: row.inherits,
    parts: row.parts ?? 0,
    rows: stored ? countOf(row) : null,
    table_bytes: total - indexes - (row.toast ?? 0),
    index_bytes: indexes,
    toast_bytes: row.toast ?? 0,
    total_bytes: total,
    sizes_exact: row.exact ?? true,
    xid_age: row.xid_age,
    mxid_age: row.mxid_age,
    usage: stored ? usage(row) : null,
    vacuum_due: row.vacuum_due ?? 0,
    analyze_due: row.analyze_due ?? 0,
    autovacuum_off: row.autovacuum_off ?? 0,
    never_analyzed: row.never_analyzed ?? 0,
  }
}

/** What was analysed, and of the rest what the statistics have counted since. */
function countOf({ rows, uncounted, packed, never_counted, parts }: Row): number | null {
  if (never_counted === true && parts === 0 && !uncounted) return null
  return Math.round((rows ?? 0) + (uncounted ?? 0) + (packed ?? 0))
}

const usage = (row: Row): RelationUsage => ({
  seq_scans: row.seq_scans,
  seq_rows: row.seq_rows,
  index_scans: row.index_scans ?? 0,
  index_rows: row.index_rows ?? 0,
  inserted: row.inserted,
  updated: row.updated,
  deleted: row.deleted,
  hot_updated: row.hot_updated,
  live_rows: row.live ?? 0,
  dead_rows: row.dead,
  changed_since_analyze: row.changed,
  last_vacuum: row.vacuumed_at,
  last_analyze: row.analyzed_at,
  blocks_read: row.read + (row.index_read ?? 0),
  blocks_hit: row.hit + (row.index_hit ?? 0),
})

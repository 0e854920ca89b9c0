import type { IndexFacts } from '../facts.ts'
import { iso, type Query } from './query.ts'
import { storage } from './storage.ts'

/** Indexes of tables, with the sums over those of their partitions and chunks. */
export const indexesQuery: Query<'indexes'> = {
  name: 'indexes',
  what: 'indexes and their usage',
  async read(ask, server) {
    const lastScan = server.version_num >= 160000 ? 'pg_stat_get_lastscan(i.indexrelid)' : 'NULL::timestamptz'
    const rows = await ask<Row>(
      `WITH RECURSIVE ${await storage(ask, server)}, ${indexes(lastScan)}, ${members}, ${sums} ${tops}`,
    )
    return rows.map(fact)
  },
}

/**
 * `top`: the index that a page shows. The columns of the others are compared by their names, for a chunk may number
 * its columns otherwise than its hypertable, where one was dropped.
 */
const indexes = (lastScan: string): string => `idx AS MATERIALIZED (
  SELECT s.root, s.part = s.root OR a.oid IS NOT NULL AS top, h.oid IS NOT NULL OR a.oid IS NOT NULL OR k.oid IS NOT NULL AS chunked,
    i.indexrelid, i.indrelid, c.relname,
    CASE WHEN l.oid IS NULL AND c.relkind = 'i' THEN pg_relation_size(c.oid)
      ELSE c.relpages * current_setting('block_size')::bigint END::float8 AS bytes,
    pg_stat_get_numscans(i.indexrelid) AS scans, pg_stat_get_tuples_returned(i.indexrelid) AS rows_read,
    ${lastScan} AS last_scan,
    ROW(c.relam, i.indisunique, i.indnullsnotdistinct, i.indnkeyatts, i.indclass::oid[], i.indcollation::oid[], i.indoption::int2[],
      ARRAY(SELECT att.attname FROM unnest(i.indkey::int2[]) WITH ORDINALITY u(n, at)
        LEFT JOIN pg_attribute att ON att.attrelid = i.indrelid AND att.attnum = u.n AND u.n <> 0 ORDER BY u.at),
      CASE WHEN l.oid IS NULL THEN pg_get_expr(i.indexprs, i.indrelid) END,
      CASE WHEN l.oid IS NULL THEN pg_get_expr(i.indpred, i.indrelid) END)::text AS shape
  FROM storage s JOIN pg_index i ON i.indrelid = s.part JOIN pg_class c ON c.oid = i.indexrelid
    LEFT JOIN aggregate a ON a.oid = s.root AND a.hyper = s.part
    LEFT JOIN hyper h ON h.oid = s.part LEFT JOIN chunk k ON k.oid = s.part
    LEFT JOIN locked l ON l.oid = i.indrelid
)`

/** Two of the same shape on one hypertable can be told apart by the names that TimescaleDB gives those of the chunks. */
const members = `twin AS (SELECT root, shape FROM idx WHERE top GROUP BY root, shape HAVING count(*) > 1),
  tree AS (
    SELECT indexrelid AS top, indexrelid AS member FROM idx WHERE top
    UNION ALL SELECT t.top, i.inhrelid FROM tree t JOIN pg_inherits i ON i.inhparent = t.member
  ),
  member AS (
    SELECT top, member FROM tree
    UNION ALL
    SELECT t.indexrelid, m.indexrelid
    FROM idx t JOIN idx m ON m.root = t.root AND m.shape = t.shape AND NOT m.top AND m.chunked
      LEFT JOIN twin w ON w.root = t.root AND w.shape = t.shape
    WHERE t.top AND t.chunked
      AND (w.root IS NULL OR starts_with(t.relname::text, substring(m.relname::text FROM '_chunk_(.*)$')))
  )`

const sums = `sums AS (
  SELECT m.top, sum(i.bytes)::float8 AS bytes, sum(i.scans)::float8 AS scans, sum(i.rows_read)::float8 AS rows_read,
    max(i.last_scan) AS last_scan, count(*)::int - 1 AS parts
  FROM member m JOIN idx i ON i.indexrelid = m.member GROUP BY m.top
)`

const tops = `SELECT i.indexrelid AS oid, x.root AS relation,
    quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS id, c.relname::text AS name, am.amname::text AS method,
    pg_get_indexdef(i.indexrelid) AS definition, i.indisprimary AS primary, i.indisunique AS unique,
    i.indisexclusion AS exclusion, con.conname::text AS constraint, i.indisvalid AS valid,
    EXISTS (SELECT FROM pg_stat_progress_create_index p
      WHERE p.index_relid = i.indexrelid OR p.index_relid IS NULL AND p.datname = current_database()) AS building,
    i.indisreplident AS replica_identity, i.indisclustered AS clustered, e.extname::text AS extension,
    CASE WHEN l.oid IS NULL THEN pg_get_expr(i.indpred, i.indrelid, true) END AS predicate,
    ARRAY(SELECT att.attname::text FROM unnest(i.indkey::int2[]) WITH ORDINALITY u(n, at)
      LEFT JOIN pg_attribute att ON att.attrelid = i.indrelid AND att.attnum = u.n AND u.n <> 0 ORDER BY u.at) AS names,
    i.indnkeyatts AS keys, i.indnullsnotdistinct AS nulls_not_distinct,
    ARRAY(SELECT concat_ws(' ', CASE WHEN u.n = 0 THEN pg_get_indexdef(i.indexrelid, u.at::int, true)
        ELSE quote_ident(att.attname) END,
        i.indclass[u.at - 1], nullif(i.indcollation[u.at - 1], 0), i.indoption[u.at - 1])
      FROM unnest(i.indkey::int2[]) WITH ORDINALITY u(n, at)
      LEFT JOIN pg_attribute att ON att.attrelid = i.indrelid AND att.attnum = u.n AND u.n <> 0
      WHERE u.at <= i.indnkeyatts ORDER BY u.at) AS key_signatures,
    s.bytes, s.scans, s.rows_read, ${iso('s.last_scan')} AS last_scan, s.parts
  FROM idx x JOIN pg_index i ON i.indexrelid = x.indexrelid JOIN pg_class c ON c.oid = i.indexrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_am am ON am.oid = c.relam
    JOIN sums s ON s.top = i.indexrelid
    LEFT JOIN pg_constraint con ON con.conindid = i.indexrelid AND con.contype IN ('p', 'u', 'x')
    LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid AND d.deptype = 'e'
    LEFT JOIN pg_extension e ON e.oid = d.refobjid
    LEFT JOIN locked l ON l.oid = i.indrelid
  WHERE x.top
  ORDER BY x.root, i.indisprimary DESC, c.relname COLLATE "C"`

type Row = Omit<IndexFacts, 'key' | 'include' | 'signature'> & {
  names: (string | null)[]
  keys: number
  nulls_not_distinct: boolean
}

/** The method, uniqueness, predicate and columns: two with the same differ in their names only. */
const fact = ({ names, keys, nulls_not_distinct, ...row }: Row): IndexFacts => ({
  ...row,
  key: names.slice(0, keys),
  include: names.slice(keys).map(name => name ?? ''),
  signature: JSON.stringify([
    row.method,
    row.unique,
    nulls_not_distinct,
    row.predicate,
    row.key_signatures,
    names.slice(keys),
  ]),
})

import type { Query } from './query.ts'
import { storage } from './storage.ts'

/**
 * How many pages the rows of a table would need, by the widths that ANALYZE found, against those that it has: an
 * estimate, off by a few per cent each way. The same as of https://wiki.postgresql.org/wiki/Show_database_bloat,
 * for the table alone, without its TOAST table. Left out: what is not of the heap's layout, chunks that are
 * compressed, and each table with a column of which there are no statistics, or of which this role sees none.
 */
export const bloatQuery: Query<'bloat'> = {
  name: 'bloat',
  subject: 'the estimate of empty space in tables',
  read: async (ask, server) =>
    ask(`WITH RECURSIVE ${await storage(ask, server)}, ${rows}, ${pages}
      SELECT root AS relation, sum(has)::float8 * current_setting('block_size')::int AS table_bytes,
        sum(greatest(has - needs, 0))::float8 * current_setting('block_size')::int AS bloat_bytes,
        count(*) FILTER (WHERE oid <> root)::int AS parts
      FROM pages GROUP BY root ORDER BY root`),
}

/**
 * A row's header has 23 bytes, and a bit for each column where one may be NULL; a page's has 24, and 4 for each row.
 * Table by table, by the indexes of the catalogs: how many rows each step will have, the planner cannot know, and all
 * tables at once it would compare with all columns.
 */
const rows = `wide AS (
  SELECT s.root, c.oid, c.relpages, c.reltuples, t.data,
    coalesce((SELECT option_value::float8 FROM pg_options_to_table(c.reloptions) WHERE option_name = 'fillfactor'), 100)
      AS fillfactor,
    23 + CASE WHEN t.nulls THEN (7 + t.columns) / 8 ELSE 0 END AS header
  FROM storage s JOIN pg_class c ON c.oid = s.part JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_am m ON m.oid = c.relam AND m.amname = 'heap'
    CROSS JOIN LATERAL (
      SELECT count(*) AS columns, bool_or(null_frac > 0) AS nulls, sum((1 - null_frac) * avg_width)::float8 AS data
      FROM pg_stats WHERE schemaname = n.nspname AND tablename = c.relname AND NOT inherited) t
  WHERE c.relkind IN ('r', 'm') AND NOT s.compressed AND c.reltuples >= 0
    AND c.relpages::float8 * current_setting('block_size')::int >= 1024 * 1024
    AND t.columns = (SELECT count(*) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
)`

/** Header and data each end at a multiple of eight bytes. */
const pages = `pages AS (
  SELECT root, oid, relpages AS has,
    ceil(reltuples / greatest(1, floor((current_setting('block_size')::int - 24) * fillfactor / 100
      / (4 + ceil(header / 8.0) * 8 + ceil(data / 8) * 8)))) AS needs
  FROM wide
)`

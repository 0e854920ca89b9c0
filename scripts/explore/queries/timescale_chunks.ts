/** Relations whose size is measured because the server has no figure: more of them would take too long. */
const measured = 2000

/**
 * CTEs that end in `chunk`: one row for each chunk, with the range in numbers (low, high), the bytes of the chunk and
 * of its compressed part, those of their indexes, and whether it is the one that is written to now.
 *
 * Sizes are those of the last VACUUM or ANALYZE. The chunks that are written to, and those that were never analysed
 * (the newest of them), are measured; but not where somebody holds or waits for a lock that we would wait behind.
 */
export const chunkSizes = `
    chunk_range AS MATERIALIZED (
      SELECT i.*, c.oid, hc.oid AS hypertable,
        coalesce(extract(epoch FROM i.range_start)::float8, i.range_start_integer::float8) AS low,
        coalesce(extract(epoch FROM i.range_end)::float8, i.range_end_integer::float8) AS high
      FROM timescaledb_information.chunks i
      JOIN pg_namespace n ON n.nspname = i.chunk_schema
      JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = i.chunk_name
      JOIN pg_namespace hn ON hn.nspname = i.hypertable_schema
      JOIN pg_class hc ON hc.relnamespace = hn.oid AND hc.relname = i.hypertable_name),
    newest AS (
      SELECT hypertable, coalesce(max(low) FILTER (WHERE range_start IS NULL OR range_start <= now()), max(low)) AS low
      FROM chunk_range GROUP BY 1),
    part AS MATERIALIZED (
      SELECT k.oid AS chunk, k.oid, k.low, k.low = w.low AS current
      FROM chunk_range k JOIN newest w USING (hypertable)
      UNION ALL
      SELECT k.oid, s.compress_relid::oid, k.low, k.low = w.low
      FROM chunk_range k JOIN newest w USING (hypertable)
      JOIN _timescaledb_catalog.compression_settings s ON s.relid = k.oid
      WHERE s.compress_relid IS NOT NULL),
    index_pages AS MATERIALIZED (
      SELECT i.indrelid, sum(c.relpages) AS pages
      FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid GROUP BY 1),
    locked AS MATERIALIZED (
      SELECT relation AS oid FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND relation IS NOT NULL
      UNION SELECT i.indrelid FROM pg_locks l JOIN pg_index i ON i.indexrelid = l.relation
        WHERE l.mode = 'AccessExclusiveLock'),
    exact AS MATERIALIZED (
      SELECT m.oid, pg_table_size(m.oid) AS table_bytes, pg_indexes_size(m.oid) AS index_bytes
      FROM (SELECT p.oid FROM part p JOIN pg_class c ON c.oid = p.oid
        WHERE (p.current OR c.reltuples = -1) AND p.oid NOT IN (SELECT oid FROM locked)
          AND c.reltoastrelid NOT IN (SELECT oid FROM locked)
        ORDER BY p.current DESC, p.low DESC, p.oid LIMIT ${measured}) m),
    chunk_bytes AS (
      SELECT p.chunk,
        sum(coalesce(e.table_bytes, (c.relpages + coalesce(t.relpages, 0)) * current_setting('block_size')::bigint))
          AS table_bytes,
        sum(coalesce(e.index_bytes, coalesce(x.pages, 0) * current_setting('block_size')::bigint)) AS index_bytes
      FROM part p
      JOIN pg_class c ON c.oid = p.oid
      LEFT JOIN pg_class t ON t.oid = c.reltoastrelid AND c.reltoastrelid <> 0
      LEFT JOIN index_pages x ON x.indrelid = p.oid
      LEFT JOIN exact e ON e.oid = p.oid
      GROUP BY 1),
    chunk AS MATERIALIZED (
      SELECT k.*, k.low = w.low AS current, b.table_bytes + b.index_bytes AS bytes, b.index_bytes
      FROM chunk_range k JOIN newest w USING (hypertable) JOIN chunk_bytes b ON b.chunk = k.oid)`

import { relations } from './inventory/relations.ts'
import { type Session, withTextSettings } from './text_settings.ts'

export type TableHash = { rows: number; hash: string }

/**
 * Rows and a hash of the contents of each table, which does not depend on the order of the rows: for comparing two
 * databases. It reads every row, so it is as slow as that. Partitioned tables and hypertables, those of continuous
 * aggregates too, count once, with all their parts; tables that inherit in the old way each for themselves. Left out
 * are views, foreign tables, and what belongs to an extension.
 *
 * `tables` are names as the result has them (`public."Orders"`); one that there is not is not in the result.
 * A hypertable takes a lock for each of its chunks and their indexes, until the end of the transaction.
 * The role has to read every table past its row security: else it is an error of the server.
 */
export const readTableHashes = (
  session: Session,
  tables?: readonly string[],
): Promise<Record<string, TableHash>> =>
  withTextSettings(session, async () => {
    const { rows } = await session.query(
      "SELECT to_regclass('_timescaledb_catalog.hypertable') IS NOT NULL AS timescale",
    )
    const found = await session.query(statements(rows[0].timescale), [tables ?? null])
    const hashes: [string, TableHash][] = []
    for (const { name, statement } of found.rows) {
      const [row] = (await session.query(statement)).rows
      hashes.push([name, { rows: Number(row.rows), hash: row.hash }])
    }
    return Object.fromEntries(hashes)
  })

/** One for each table, which the server quotes itself. `t.*` is the row, even where a column is called t. */
const statements = (timescale: boolean): string => `WITH ${relations(timescale)}
  SELECT r.name, format('SELECT count(*)::text AS rows,
      coalesce(sum(hashtextextended((t.*)::text COLLATE "C", 0)::numeric), 0)::text AS hash FROM %s%s t',
    CASE WHEN r.kind = 'r' AND h.oid IS NULL THEN 'ONLY ' END, r.name) AS statement
  FROM relation r JOIN pg_class c ON c.oid = r.oid LEFT JOIN hyper h ON h.oid = r.oid
  WHERE r.kind IN ('r', 'p') AND NOT r.is_partition AND (r.own OR h.oid IS NOT NULL)
    AND ($1::text[] IS NULL OR r.name = ANY ($1))
    -- A standby has no rows of unlogged tables, and cannot read them.
    AND NOT (c.relpersistence = 'u' AND pg_is_in_recovery())
  ORDER BY r.name COLLATE "C"`

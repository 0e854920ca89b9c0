import type { ColumnFacts } from '../facts.ts'
import type { Query } from './query.ts'
import { storage } from './storage.ts'

/** Columns of tables and views, and what the last ANALYZE knows of them; of a parent, that of the whole tree. */
export const columnsQuery: Query<'columns'> = {
  name: 'columns',
  subject: 'columns',
  async read(ask, server) {
    const rows = await ask<Row>(`WITH RECURSIVE ${await storage(ask, server)}
      SELECT a.attrelid AS oid, a.attnum AS position, a.attname::text AS name,
        format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS not_null,
        CASE WHEN l.oid IS NULL THEN pg_get_expr(d.adbin, d.adrelid) END AS default,
        CASE WHEN a.attidentity = 'a' THEN 'always' WHEN a.attidentity = 'd' THEN 'by default'
          WHEN a.attgenerated = 's' THEN 'stored' WHEN a.attgenerated = 'v' THEN 'virtual' END AS generated,
        CASE WHEN a.attcollation <> t.typcollation THEN o.collname::text END AS collation,
        col_description(a.attrelid, a.attnum) AS comment,
        s.null_frac::float8 AS null_share, s.n_distinct::float8 AS n_distinct, s.avg_width AS average_width,
        (s.most_common_vals::text::text[])[1:10] AS values, s.most_common_freqs[1:10]::float8[] AS shares
      FROM root r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
        JOIN pg_class c ON c.oid = r.oid JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_type t ON t.oid = a.atttypid
        LEFT JOIN pg_collation o ON o.oid = a.attcollation
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        LEFT JOIN locked l ON l.oid = a.attrelid
        LEFT JOIN (SELECT DISTINCT ON (schemaname, tablename, attname) * FROM pg_stats
          ORDER BY schemaname, tablename, attname, inherited DESC) s
          ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = a.attname
      ORDER BY a.attrelid, a.attnum`)
    return rows.map(fact)
  },
}

type Row = Omit<ColumnFacts, 'statistics'> & {
  null_share: number | null
  n_distinct: number | null
  average_width: number | null
  values: string[] | null
  shares: number[] | null
}

/** Values may be long; what is longer is cut. */
const longest = 60

function fact({ null_share, n_distinct, average_width, values, shares, ...column }: Row): ColumnFacts {
  if (null_share === null) return { ...column, statistics: null }
  const common = (values ?? []).map((value, i) => ({ value: cut(value), share: shares?.[i] ?? 0 }))
  return {
    ...column,
    statistics: {
      null_share,
      // Below zero it is a share of the rows, which the model knows.
      distinct: n_distinct,
      average_width: average_width ?? 0,
      common_values: common,
      withheld: false,
    },
  }
}

const cut = (value: string): string =>
  [...value].length > longest ? `${[...value].slice(0, longest).join('')}…` : value

import type { IndexFacts } from '../facts.ts'
import { iso, type Query } from './query.ts'
import { storage } from './storage.ts'

/**
 * Indexes of tables, with the sums over those of their partitions and chunks. The indexes of chunks are grouped by
 * their shape in SQL, and which index of the hypertable a group belongs to is found out here: the server, which knows
 * nothing of how many there are, joined them in minutes.
 */
export const indexesQuery: Query<'indexes'> = {
  name: 'indexes',
  subject: 'indexes and their usage',
  async read(ask, server) {
    const shared = `WITH RECURSIVE ${await storage(ask, server)}`
    const lastScan = server.version_num >= 160000 ? 'pg_stat_get_lastscan(i.indexrelid)' : 'NULL::timestamptz'
    const own = await ask<Row>(`${shared} ${ofTables(lastScan)}`)
    const partitions = await ask<PartitionSums>(`${shared}, ${ofPartitions(lastScan)}`)
    const chunks = await ask<ChunkSums>(`${shared} ${ofChunks(lastScan)}`)
    return withSums(own, partitions, chunks).map(fact)
  },
}

/** Of an index i of the relation i.indrelid, whose pg_class is c. */
const figures = (lastScan: string): string => `
  CASE WHEN l.oid IS NULL AND c.relkind = 'i' THEN pg_relation_size(c.oid)
    ELSE c.relpages * current_setting('block_size')::bigint END::float8 AS bytes,
  pg_stat_get_numscans(i.indexrelid)::float8 AS scans, pg_stat_get_tuples_returned(i.indexrelid)::float8 AS rows_read,
  ${lastScan} AS last_scan`
const sums = `sum(bytes)::float8 AS bytes, sum(scans)::float8 AS scans, sum(rows_read)::float8 AS rows_read,
  ${iso('max(last_scan)')} AS last_scan, count(*)::int AS parts`

/** The names of columns at their numbers, dropped ones among them; 0, an expression, has none. */
const namesOf = (relations: string): string => `att AS MATERIALIZED (
    SELECT attrelid, array_agg(attname::text ORDER BY attnum) AS names FROM pg_attribute
    WHERE attnum > 0 AND attrelid IN (${relations}) GROUP BY attrelid
  )`

/**
 * Everything but the names of index and table. Columns are compared by their names, for a chunk may number its
 * columns otherwise than its hypertable, where one was dropped.
 */
const names =
  'ARRAY(SELECT att.names[u.n] FROM unnest(i.indkey::int2[]) WITH ORDINALITY u(n, at) ORDER BY u.at)'
const shape = `ROW(c.relam, i.indisunique, i.indnullsnotdistinct, i.indnkeyatts, i.indclass::oid[], i.indcollation::oid[], i.indoption::int2[],
  ${names},
  CASE WHEN l.oid IS NULL THEN pg_get_expr(i.indexprs, i.indrelid) END,
  CASE WHEN l.oid IS NULL THEN pg_get_expr(i.indpred, i.indrelid) END)::text`

const ofTables = (lastScan: string): string => `, owner AS (
    SELECT oid AS root, oid AS part FROM root UNION ALL SELECT oid, hyper FROM aggregate
  ), ${namesOf('SELECT part FROM owner')}
  SELECT i.indexrelid AS oid, o.root AS relation,
    quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS id, c.relname::text AS name, am.amname::text AS method,
    pg_get_indexdef(i.indexrelid) AS definition, i.indisprimary AS primary, i.indisunique AS unique,
    i.indisexclusion AS exclusion, con.conname::text AS constraint, i.indisvalid AS valid,
    NOT i.indisvalid AND EXISTS (SELECT FROM pg_stat_progress_create_index p
      WHERE p.index_relid = i.indexrelid OR p.index_relid IS NULL AND p.datname = current_database()) AS building,
    i.indisreplident AS replica_identity, i.indisclustered AS clustered, e.extname::text AS extension,
    CASE WHEN l.oid IS NULL THEN pg_get_expr(i.indpred, i.indrelid, true) END AS predicate,
    ${names} AS names,
    i.indnkeyatts AS keys, i.indnullsnotdistinct AS nulls_not_distinct,
    CASE WHEN i.indexprs IS NOT NULL THEN ARRAY(SELECT pg_get_indexdef(i.indexrelid, k, true)
      FROM generate_series(1, i.indnkeyatts) k ORDER BY k) END AS expressions,
    i.indclass::text AS classes, i.indcollation::text AS collations, i.indoption::text AS orders,
    CASE WHEN h.oid IS NOT NULL THEN ${shape} END AS shape,
    own.bytes, own.scans, own.rows_read, ${iso('own.last_scan')} AS last_scan
  FROM owner o JOIN pg_index i ON i.indrelid = o.part JOIN pg_class c ON c.oid = i.indexrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_am am ON am.oid = c.relam
    LEFT JOIN locked l ON l.oid = i.indrelid
    CROSS JOIN LATERAL (SELECT ${figures(lastScan)}) own
    LEFT JOIN att ON att.attrelid = i.indrelid
    LEFT JOIN hyper h ON h.oid = o.part
    LEFT JOIN pg_constraint con ON con.conrelid = i.indrelid AND con.conindid = i.indexrelid AND con.contype IN ('p', 'u', 'x')
    LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid AND d.deptype = 'e'
    LEFT JOIN pg_extension e ON e.oid = d.refobjid
  ORDER BY o.root, i.indisprimary DESC, c.relname COLLATE "C"`

const ofPartitions = (lastScan: string): string => `tree AS (
    SELECT c.oid AS top, s.inhrelid AS member
    FROM root r JOIN pg_index i ON i.indrelid = r.oid JOIN pg_class c ON c.oid = i.indexrelid AND c.relkind = 'I'
      JOIN pg_inherits s ON s.inhparent = c.oid
    UNION ALL SELECT t.top, s.inhrelid FROM tree t JOIN pg_inherits s ON s.inhparent = t.member
  )
  SELECT top, ${sums} FROM (
    SELECT t.top, ${figures(lastScan)}
    FROM tree t JOIN pg_index i ON i.indexrelid = t.member JOIN pg_class c ON c.oid = i.indexrelid
      LEFT JOIN locked l ON l.oid = i.indrelid
    WHERE c.relkind = 'i'
  ) p GROUP BY top`

/** Two of the same shape on one hypertable are told apart by the names that TimescaleDB gives those of the chunks. */
const ofChunks = (lastScan: string): string => `, ${namesOf('SELECT oid FROM chunk')}
  SELECT root, shape, suffix, ${sums} FROM (
    SELECT s.root, ${shape} AS shape, coalesce(substring(c.relname::text FROM '_chunk_(.*)$'), '') AS suffix,
      ${figures(lastScan)}
    FROM storage s JOIN chunk k ON k.oid = s.part
      JOIN pg_index i ON i.indrelid = s.part JOIN pg_class c ON c.oid = i.indexrelid
      JOIN att ON att.attrelid = s.part LEFT JOIN locked l ON l.oid = i.indrelid
    WHERE s.part <> s.root
  ) p GROUP BY root, shape, suffix`

type Sums = Pick<IndexFacts, 'bytes' | 'scans' | 'rows_read' | 'last_scan' | 'parts'>
type PartitionSums = Sums & { top: number }
type ChunkSums = Sums & { root: number; shape: string; suffix: string }
type Row = Omit<IndexFacts, 'key' | 'include' | 'signature' | 'key_signatures'> & {
  expressions: string[] | null
  classes: string
  collations: string
  orders: string
  names: (string | null)[]
  keys: number
  nulls_not_distinct: boolean
  shape: string | null
}

function withSums(own: Row[], partitions: readonly PartitionSums[], chunks: readonly ChunkSums[]): Row[] {
  const byTop = new Map(partitions.map(one => [one.top, [one as Sums]]))
  const alike = new Map<string, Row[]>()
  for (const row of own) {
    const key = `${row.relation} ${row.shape}`
    if (row.shape !== null) alike.set(key, [...(alike.get(key) ?? []), row])
  }
  for (const group of chunks) {
    const twins = alike.get(`${group.root} ${group.shape}`) ?? []
    const top = twins.find(({ name }) => name.startsWith(group.suffix)) ?? twins[0]
    if (top) byTop.set(top.oid, [...(byTop.get(top.oid) ?? []), group])
  }
  for (const row of own) row.parts = 0
  for (const row of own) for (const more of byTop.get(row.oid) ?? []) add(row, more)
  return own
}

function add(row: Row, more: Sums): void {
  row.bytes += more.bytes
  row.scans = (row.scans ?? 0) + (more.scans ?? 0)
  row.rows_read = (row.rows_read ?? 0) + (more.rows_read ?? 0)
  // ISO 8601 in UTC sorts as text.
  if (more.last_scan !== null && (row.last_scan === null || row.last_scan < more.last_scan))
    row.last_scan = more.last_scan
  row.parts += more.parts
}

/** The method, uniqueness, predicate and columns: two with the same differ in their names only. */
function fact(row: Row): IndexFacts {
  const {
    names: columns,
    keys,
    nulls_not_distinct,
    shape: _,
    expressions,
    classes,
    collations,
    orders,
    ...rest
  } = row
  const [ofClass, ofCollation, ofOrder] = [classes, collations, orders].map(list => list.split(' '))
  const key = columns.slice(0, keys)
  const include = columns.slice(keys).map(name => name ?? '')
  const key_signatures = key.map((name, i) =>
    [
      JSON.stringify(name) ?? '',
      name === null ? (expressions?.[i] ?? '') : '',
      ofClass?.[i],
      ofCollation?.[i],
      ofOrder?.[i],
    ].join(' '),
  )
  const signature = JSON.stringify([
    rest.method,
    rest.unique,
    nulls_not_distinct,
    rest.predicate,
    key_signatures,
    include,
  ])
  return { ...rest, key, include, signature, key_signatures }
}

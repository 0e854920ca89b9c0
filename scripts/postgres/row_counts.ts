import type { ClientBase } from 'pg'
import type { Relation } from './database_facts.ts'

export type RowCounts = {
  /** Rows of each table as its users see it: a partitioned table or a hypertable is one. By name as SQL text. */
  tables: Record<string, number>
  /** Rows that pg_dump finds in each relation itself, by oid: chunks and partitions by themselves. */
  stored: Map<number, number>
}

/** Tables in one statement. */
const batch = 100

/**
 * Counts the rows of tables, in the snapshot of the transaction that the client is in.
 * A tree of tables is counted by one statement, which tells its members apart.
 */
export async function countRows(
  client: ClientBase,
  relations: readonly Relation[],
  { timescaledb, inRecovery }: { timescaledb: boolean; inRecovery: boolean },
): Promise<RowCounts> {
  // A compressed chunk shows its rows decompressed; pg_dump writes what is in it, and the compressed ones as they are.
  if (timescaledb) await client.query('SET LOCAL timescaledb.enable_transparent_decompression = off')
  const counted = relations.filter(
    ({ kind, isUnlogged }) =>
      (kind === 'table' || kind === 'partitioned table') && !(isUnlogged && inRecovery),
  )
  const trees = treesOf(relations)
  const roots = counted.filter(({ parent, oid }) => parent === null && trees.has(oid))
  const inTrees = new Set(roots.flatMap(root => membersOf(root.oid, trees).map(({ oid }) => oid)))
  const remote = roots.filter(root => membersOf(root.oid, trees).some(({ kind }) => kind === 'foreign table'))
  const stored = new Map<number, number>()
  for (const root of roots.filter(root => !remote.includes(root))) {
    const sql = `SELECT tableoid::int8::float8 AS oid, count(*)::float8 AS rows FROM ${root.sql} GROUP BY 1`
    for (const member of membersOf(root.oid, trees)) stored.set(member.oid, 0)
    for (const { oid, rows } of (await client.query(sql)).rows) stored.set(oid, rows)
  }
  const apart = new Set(remote.flatMap(root => membersOf(root.oid, trees).map(({ oid }) => oid)))
  const single = counted.filter(({ oid, kind }) => kind === 'table' && (!inTrees.has(oid) || apart.has(oid)))
  for (let i = 0; i < single.length; i += batch) {
    const parts = single
      .slice(i, i + batch)
      .map(({ oid, sql }) => `SELECT ${oid}::float8 AS oid, count(*)::float8 AS rows FROM ONLY ${sql}`)
    for (const { oid, rows } of (await client.query(parts.join(' UNION ALL '))).rows) stored.set(oid, rows)
  }
  if (timescaledb) await client.query('SET LOCAL timescaledb.enable_transparent_decompression = on')
  return { tables: await countTables(client, counted, trees, stored), stored }
}

type Trees = Map<number, Relation[]>

function treesOf(relations: readonly Relation[]): Trees {
  const trees: Trees = new Map()
  for (const relation of relations) {
    if (relation.parent === null) continue
    const siblings = trees.get(relation.parent) ?? []
    siblings.push(relation)
    trees.set(relation.parent, siblings)
  }
  return trees
}

/** Those below a table, and in the end itself where it is known. */
function membersOf(oid: number, trees: Trees): Relation[] {
  const children = trees.get(oid) ?? []
  return children.flatMap(child => [child, ...membersOf(child.oid, trees)])
}

async function countTables(
  client: ClientBase,
  counted: readonly Relation[],
  trees: Trees,
  stored: RowCounts['stored'],
): Promise<Record<string, number>> {
  const tables: Record<string, number> = {}
  const compressed = await compressedHypertables(client, counted)
  for (const table of counted) {
    if (table.isPartition || table.isChunk) continue
    const own = stored.get(table.oid) ?? 0
    const isTree = table.kind === 'partitioned table' || table.isHypertable
    const below = isTree ? membersOf(table.oid, trees) : []
    tables[table.sql] = compressed.has(table.sql)
      ? Number((await client.query(`SELECT count(*) AS rows FROM ${table.sql}`)).rows[0].rows)
      : below.reduce((sum, { oid }) => sum + (stored.get(oid) ?? 0), own)
  }
  return tables
}

/** Only the server knows how many rows there are in a compressed batch. */
async function compressedHypertables(
  client: ClientBase,
  counted: readonly Relation[],
): Promise<ReadonlySet<string>> {
  if (!counted.some(({ isHypertable }) => isHypertable)) return new Set()
  const { rows } = await client.query(
    `SELECT DISTINCT format('%I.%I', hypertable_schema, hypertable_name) AS name
     FROM timescaledb_information.chunks WHERE is_compressed
     UNION
     SELECT format('%I.%I', materialization_hypertable_schema, materialization_hypertable_name)
     FROM timescaledb_information.continuous_aggregates WHERE compression_enabled`,
  )
  return new Set(rows.map(({ name }) => name as string))
}

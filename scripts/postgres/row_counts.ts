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
  const all = relations.filter(({ kind }) => kind === 'table' || kind === 'partitioned table')
  // A standby has no rows of unlogged tables, and pg_dump writes none.
  const counted = all.filter(({ isUnlogged }) => !(isUnlogged && inRecovery))
  const family = familyOf(relations)
  const roots = counted.filter(({ parent, oid }) => parent === null && family.below(oid).length > 0)
  // Another server's rows are not ours to dump, nor to count.
  const local = roots.filter(root => family.below(root.oid).every(({ kind }) => kind !== 'foreign table'))
  // Of a compressed chunk the tree shows the rows that are in its batches; pg_dump writes what lies in it itself.
  const isCompressing = relations.some(
    ({ isChunk, parent, kind }) => isChunk && parent === null && kind === 'table',
  )
  const [apart, whole] = split(local, ({ isHypertable }) => isHypertable && isCompressing)

  const stored = new Map<number, number>()
  for (const root of whole)
    for (const [oid, rows] of await countTree(client, root, family.below(root.oid))) stored.set(oid, rows)
  const totals = new Map<number, number>()
  for (const root of apart) {
    const seen = await countTree(client, root, [])
    totals.set(root.oid, sum([...seen.values()]))
  }
  const inTrees = new Set(whole.flatMap(root => [root, ...family.below(root.oid)].map(({ oid }) => oid)))
  const single = counted.filter(({ oid, kind }) => kind === 'table' && !inTrees.has(oid))
  if (timescaledb) await client.query('SET LOCAL timescaledb.enable_transparent_decompression = off')
  for (const [oid, rows] of await countSingly(client, single)) stored.set(oid, rows)
  if (timescaledb) await client.query('SET LOCAL timescaledb.enable_transparent_decompression = on')

  const shown = all.filter(({ isPartition, isChunk }) => !isPartition && !isChunk)
  const tables = shown.map(({ oid, sql, kind, isHypertable }) => {
    const isTree = kind === 'partitioned table' || isHypertable
    const members = [oid, ...(isTree ? family.below(oid).map(member => member.oid) : [])]
    return [sql, totals.get(oid) ?? sum(members.map(member => stored.get(member) ?? 0))] as const
  })
  return { tables: Object.fromEntries(tables), stored }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)

const split = <T>(items: readonly T[], isFirst: (item: T) => boolean): [T[], T[]] => [
  items.filter(isFirst),
  items.filter(item => !isFirst(item)),
]

function familyOf(relations: readonly Relation[]): { below(oid: number): Relation[] } {
  const children = new Map<number, Relation[]>()
  for (const relation of relations) {
    if (relation.parent === null) continue
    const siblings = children.get(relation.parent) ?? []
    siblings.push(relation)
    children.set(relation.parent, siblings)
  }
  const below = (oid: number): Relation[] =>
    (children.get(oid) ?? []).flatMap(child => [child, ...below(child.oid)])
  return { below }
}

type Count = { oid: number; rows: number }

async function countTree(
  client: ClientBase,
  root: Relation,
  members: readonly Relation[],
): Promise<Map<number, number>> {
  const counts = new Map([root, ...members].map(({ oid }) => [oid, 0]))
  const sql = `SELECT tableoid::int8::float8 AS oid, count(*)::float8 AS rows FROM ${root.sql} GROUP BY 1`
  for (const { oid, rows } of (await client.query<Count>(sql)).rows) counts.set(oid, rows)
  return counts
}

async function countSingly(client: ClientBase, tables: readonly Relation[]): Promise<Map<number, number>> {
  const counts = new Map<number, number>()
  for (let i = 0; i < tables.length; i += batch) {
    const parts = tables
      .slice(i, i + batch)
      .map(({ oid, sql }) => `SELECT ${oid}::float8 AS oid, count(*)::float8 AS rows FROM ONLY ${sql}`)
    for (const { oid, rows } of (await client.query<Count>(parts.join(' UNION ALL '))).rows)
      counts.set(oid, rows)
  }
  return counts
}

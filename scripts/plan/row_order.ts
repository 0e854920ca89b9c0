/** A foreign key: rows of `from` need rows of `to`. By oid. */
export type Reference = { from: number; to: number }

/**
 * Tables in an order in which the rows of each find those that they refer to. A key to the table itself does not matter:
 * it is looked at when all of its rows are there.
 * Gives a cycle where there is no such order.
 */
export function orderByReferences(
  tables: readonly number[],
  references: readonly Reference[],
): { order: number[] } | { cycle: number[] } {
  const wanted = new Set(tables)
  const needs = new Map<number, number[]>()
  for (const { from, to } of references) {
    if (from === to || !wanted.has(from) || !wanted.has(to)) continue
    needs.set(from, [...(needs.get(from) ?? []), to])
  }
  const order: number[] = []
  const done = new Set<number>()
  const path: number[] = []
  const visit = (table: number): number[] | undefined => {
    if (done.has(table)) return undefined
    if (path.includes(table)) return path.slice(path.indexOf(table))
    path.push(table)
    for (const other of needs.get(table) ?? []) {
      const cycle = visit(other)
      if (cycle) return cycle
    }
    path.pop()
    done.add(table)
    order.push(table)
    return undefined
  }
  for (const table of tables) {
    const cycle = visit(table)
    if (cycle) return { cycle }
  }
  return { order }
}

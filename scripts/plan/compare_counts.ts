import type { TableHash } from '../postgres/table_hashes.ts'
import { atMost, inLine, presence } from './differences.ts'

/** Rows of tables: what is not as it was, one line for each table. */
export function compareCounts(before: Record<string, number>, after: Record<string, number>): string[] {
  const [was, is] = [new Map(Object.entries(before)), new Map(Object.entries(after))]
  const changed = [...was].flatMap(([name, rows]) => {
    const now = is.get(name) ?? rows
    return now === rows ? [] : [`table ${inLine(name)} has ${count(now)} instead of ${rows}`]
  })
  return [...presence('table', 'tables', [...was.keys()], [...is.keys()]), ...atMost(changed, 'tables')]
}

const count = (rows: number): string => (rows === 1 ? '1 row' : `${rows} rows`)

/** The same of their contents: where there are as many rows, they may be others. */
export function compareHashes(a: Record<string, TableHash>, b: Record<string, TableHash>): string[] {
  const rowsOf = (hashes: Record<string, TableHash>) =>
    Object.fromEntries(Object.entries(hashes).map(([name, { rows }]) => [name, rows]))
  const others = new Map(Object.entries(b))
  const changed = Object.entries(a).flatMap(([name, { rows, hash }]) => {
    const other = others.get(name)
    const isOther = other !== undefined && other.rows === rows && other.hash !== hash
    return isOther ? [`table ${inLine(name)} has other values in its ${count(rows)}`] : []
  })
  return [...compareCounts(rowsOf(a), rowsOf(b)), ...atMost(changed, 'tables')]
}

import { anchorOf } from '../anchor.ts'
import type { Report } from '../report.ts'

/** What the search looks through: [id, anchor, kind, names of the columns] of each relation. */
export type SearchData = [id: string, anchor: string, kind: string, columns: string[]][]

export const searchData = ({ relations }: Report): SearchData =>
  relations.map(({ id, kind, columns }) => [id, anchorOf(id), kind, columns.map(({ name }) => name)])

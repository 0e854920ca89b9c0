/** The diagrams of a report: each `svg` is a whole <svg> that can stand in HTML, with links to `#` + `anchorOf(id)`. */
export type Diagrams = {
  /** The whole database, capped: `note` says what is left out. Null where there is nothing to draw. */
  overview: { svg: string; note: string | null } | null
  /** By schema. */
  schemas: Record<string, { svg: string; note: string | null }>
  /** By the relation's id: it, and what it is one foreign key away from. */
  neighbourhoods: Record<string, string>
}

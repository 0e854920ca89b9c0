import type { ColumnFacts, RelationFacts } from './facts.ts'
import type { Constraint, Relation } from './report.ts'

/**
 * What a table is for: its comment, else what its kind, keys and columns let one guess. A guess says so. Nothing is
 * guessed where all that could be said is the name again.
 */
export function purposeOf(
  relation: Omit<RelationFacts, 'oid'>,
  constraints: readonly Constraint[],
  columns: readonly Omit<ColumnFacts, 'oid'>[],
): Relation['purpose'] {
  if (relation.comment !== null && relation.comment.trim() !== '')
    return { text: relation.comment, inferred: false }
  const text = guess(relation, constraints, columns)
  return text === undefined ? null : { text, inferred: true }
}

const isTime = ({ type }: { type: string }): boolean => /^(timestamp|date$)/.test(type)
const isNumber = ({ type }: { type: string }): boolean =>
  /^(double|real|numeric|integer|bigint|smallint)/.test(type)

function guess(
  { kind, name }: Omit<RelationFacts, 'oid'>,
  constraints: readonly Constraint[],
  columns: readonly Omit<ColumnFacts, 'oid'>[],
): string | undefined {
  const foreign = constraints.filter(constraint => constraint.kind === 'foreign key')
  const targets = [...new Set(foreign.flatMap(({ references }) => references?.id ?? []))]
  const referring = new Set(foreign.flatMap(constraint => constraint.columns))
  const others = columns.filter(column => !referring.has(column.name))
  const [time] = columns.filter(isTime)
  if (kind === 'continuous aggregate')
    return 'Sums of a hypertable by spans of time, kept up to date by TimescaleDB.'
  if (kind === 'view' || kind === 'materialized view') return undefined
  if (/(^|_)(schema_)?migrations?$|^flyway_|^alembic_|^knex_|^databasechangelog/.test(name))
    return 'The book-keeping of a migration tool: which changes of the schema were made.'
  if (/(^|_)(audit|history|log|logs|events?)$/.test(name) && time)
    return `What happened, with its time in ${time.name}.`
  if (targets.length === 2 && others.filter(column => !isTime(column)).length <= 1)
    return `Which of ${targets[0]} belong to which of ${targets[1]}.`
  if (kind === 'hypertable' || (time && others.filter(isNumber).length >= 2 && time.position === 1)) {
    const values = others.filter(column => isNumber(column) && column !== time).map(column => column.name)
    if (time && values.length > 0) return `Measurements over time (${time.name}): ${listed(values)}.`
    return kind === 'hypertable' && time ? `Rows over time (${time.name}).` : undefined
  }
  if (targets.length === 0 && columns.length > 0 && columns.length <= 3 && constraints.some(isKey))
    return 'A short list that other tables or programs look things up in.'
  return targets.length > 0 ? `Rows that belong to ${listed(targets)}.` : undefined
}

const isKey = ({ kind }: Constraint): boolean => kind === 'primary key' || kind === 'unique'

const listed = (names: readonly string[]): string =>
  names.length <= 4 ? names.join(', ') : `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`

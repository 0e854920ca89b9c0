import { check } from './check.ts'
import { byOid } from './tables.ts'
import { quoteIdent } from './words.ts'

export const constraintNotValidated = check({
  number: '0103',
  name: 'constraint_not_validated',
  title: 'Constraint that was never checked on the rows that are there',
  severity: 'warning',
  why: 'It was added with NOT VALID: new rows have to keep it, and rows from before may break it. A restore of a dump fails at the first that does, and the planner cannot rely on it.',
  mend: 'Validate it: that reads the table once, and reads and writes go on meanwhile. Where it fails, the message names what breaks it; correct those rows first.',
  source:
    'https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-VALIDATE-CONSTRAINT',
  needs: ['relations', 'constraints'],
  find({ relations, constraints }) {
    const relation = byOid(relations)
    return constraints.flatMap(({ relation: oid, name, kind, validated, definition }) => {
      const table = relation.get(oid)
      // NOT ENFORCED, of PostgreSQL 18, is a wish that nobody checks, and is said to be one.
      if (validated || !table || table.extension !== null || definition.endsWith('NOT ENFORCED')) return []
      return [
        {
          object: table.id,
          reason: `The ${kind} constraint ${quoteIdent(name)} is NOT VALID.`,
          sql: `ALTER TABLE ${table.id} VALIDATE CONSTRAINT ${quoteIdent(name)};`,
          worth: table.total_bytes,
        },
      ]
    })
  },
})

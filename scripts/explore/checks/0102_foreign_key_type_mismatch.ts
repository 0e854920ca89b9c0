import { check } from './check.ts'
import { byOid } from './tables.ts'
import { comment, enumerate, quoteIdent } from './words.ts'

const integers = ['smallint', 'integer', 'bigint']
const texts = ['text', 'character varying']

/** As the server compares them: a length limits what is stored, and changes nothing in how it is found. */
const differ = (a: string, b: string): boolean => a !== b && !(texts.includes(a) && texts.includes(b))

export const foreignKeyTypeMismatch = check({
  number: '0102',
  name: 'foreign_key_type_mismatch',
  title: 'Foreign key of another type than the column it refers to',
  severity: 'warning',
  why: 'The two columns hold the same values, but do not have room for the same values: the narrower one fails first, on some later day. Every join has to convert, and may not be able to use the index.',
  mend: 'Give both columns one type, the wider of the two. The table is rewritten under a lock that lets nobody read or write it, so do it on a quiet day, and try it on a copy.',
  source: 'https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK',
  needs: ['relations', 'constraints', 'types'],
  find({ relations, constraints, types }) {
    const relation = byOid(relations)
    // A domain over the same type is the same type with rules; what it is over, we would have to read from its text.
    const domains = new Set(types.filter(({ kind }) => kind === 'domain').map(({ id }) => id))
    return constraints.flatMap(constraint => {
      const { references, columns, column_types, name } = constraint
      const child = relation.get(constraint.relation)
      if (references === null || child === undefined || child.extension !== null) return []
      const pairs = columns
        .map((column, i) => ({
          column,
          type: column_types[i] ?? '',
          target: references.columns[i] ?? '',
          targetType: references.column_types[i] ?? '',
        }))
        .filter(({ type, targetType }) => differ(type, targetType))
        .filter(({ type, targetType }) => !domains.has(type) && !domains.has(targetType))
      if (pairs.length === 0) return []
      const told = pairs.map(
        p =>
          `${quoteIdent(p.column)} is ${p.type} and ${references.id}.${quoteIdent(p.target)} is ${p.targetType}`,
      )
      const mends = pairs.map(p => {
        const widenTarget = integers.indexOf(p.type) > integers.indexOf(p.targetType)
        const [table, column, type] =
          widenTarget && integers.includes(p.targetType)
            ? [references.id, p.target, p.type]
            : [child.id, p.column, p.targetType]
        return `ALTER TABLE ${table} ALTER COLUMN ${quoteIdent(column)} TYPE ${type};`
      })
      return [
        {
          object: child.id,
          reason: `In foreign key ${quoteIdent(name)}, ${enumerate(told)}.`,
          sql: [comment('Rewrites the table, which nobody can read or write meanwhile.'), ...mends].join(
            '\n',
          ),
          worth: child.total_bytes,
        },
      ]
    })
  },
})

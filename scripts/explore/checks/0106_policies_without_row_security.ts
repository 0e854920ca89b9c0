import { check } from './check.ts'
import { groupBy } from './tables.ts'
import { enumerate, quoteIdent } from './words.ts'

export const policiesWithoutRowSecurity = check({
  number: '0106',
  name: 'policies_without_row_security',
  title: 'Policies that nobody applies',
  severity: 'warning',
  why: 'Somebody wrote down which rows a role may see, and row-level security is not switched on: whoever may read the table reads all of it.',
  mend: 'Switch row-level security on, after a look at whether the policies still fit; or drop them. The owner of a table is not bound by them, unless it is forced.',
  source: 'https://www.postgresql.org/docs/current/ddl-rowsecurity.html',
  needs: ['relations', 'policies'],
  find({ relations, policies }) {
    const policiesOf = groupBy(policies, policy => policy.relation)
    return relations.flatMap(({ oid, id, row_security, extension }) => {
      const names = (policiesOf.get(oid) ?? []).map(({ name }) => quoteIdent(name))
      if (names.length === 0 || row_security || extension !== null) return []
      return [
        {
          object: id,
          reason: `Table ${id} has the ${names.length === 1 ? 'policy' : 'policies'} ${enumerate(names)}, and row-level security is off.`,
          sql: `ALTER TABLE ${id} ENABLE ROW LEVEL SECURITY;`,
          worth: names.length,
        },
      ]
    })
  },
})

import { check } from './check.ts'
import { comment } from './words.ts'

export const rowSecurityWithoutPolicies = check({
  number: '0112',
  name: 'row_security_without_policies',
  title: 'Row-level security that lets nobody in',
  severity: 'notice',
  why: 'Row-level security is on, and no policy says who may see what: every role but the owner gets no rows at all, and no error either. An application that asks finds an empty table.',
  mend: 'Create the policies that were meant. If nobody but the owner is to read it, take away the right to, which says so openly.',
  source: 'https://www.postgresql.org/docs/current/ddl-rowsecurity.html',
  needs: ['relations', 'policies'],
  find({ relations, policies }) {
    const guarded = new Set(policies.map(({ relation }) => relation))
    return relations
      .filter(({ oid, row_security, extension }) => row_security && extension === null && !guarded.has(oid))
      .map(({ id, total_bytes }) => ({
        object: id,
        reason: `Table ${id} has row-level security on, and no policy.`,
        sql: comment(
          `Decide who may see which rows. Each role those that it owns, for example:\nCREATE POLICY own_rows ON ${id} USING (owner = current_user);\nOr everybody who may read the table all of it:\nALTER TABLE ${id} DISABLE ROW LEVEL SECURITY;`,
        ),
        worth: total_bytes,
      }))
  },
})

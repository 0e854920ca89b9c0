import { check } from './check.ts'
import { quoteIdent } from './words.ts'

export const publicSchemaOpen = check({
  number: '0108',
  name: 'public_schema_open',
  title: 'Schema in which everybody may create',
  severity: 'warning',
  why: 'Whoever can connect can put tables and functions there. One with the name of yours, in a schema that is searched first, is taken in its place, and runs with the rights of whoever calls it. PostgreSQL 15 and newer no longer open the schema public; one that comes from an older server is open still.',
  mend: 'Take the right from everybody, and give it to the roles that need it.',
  source: 'https://www.postgresql.org/docs/current/ddl-schemas.html#DDL-SCHEMAS-PATTERNS',
  needs: ['schemas'],
  find({ schemas }) {
    return schemas
      .filter(({ grants, extension }) => extension === null && grants.some(mayCreate))
      .map(({ name }) => ({
        object: quoteIdent(name),
        reason: `PUBLIC, which is every role, may create in schema ${quoteIdent(name)}.`,
        sql: `REVOKE CREATE ON SCHEMA ${quoteIdent(name)} FROM PUBLIC;`,
      }))
  },
})

/** As PostgreSQL writes rights: grantee=rights/grantor, and nothing before the = is PUBLIC. C is CREATE. */
const mayCreate = (grant: string): boolean => /^=[^/]*C[^/]*\//.test(grant)

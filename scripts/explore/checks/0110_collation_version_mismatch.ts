import { check } from './check.ts'
import { comment, quoteIdent } from './words.ts'

export const collationVersionMismatch = check({
  number: '0110',
  name: 'collation_version_mismatch',
  title: 'Indexes sorted by an older library',
  severity: 'warning',
  why: 'The order of texts comes from a library of the operating system, and that library is another one now. An index that was sorted by the old one may not find rows that are there, and a unique one may let doubles in.',
  mend: 'Build the indexes anew, and only then tell the server that it was done. It happens with a new image or operating system, or when files were copied to another machine.',
  source: 'https://www.postgresql.org/docs/current/sql-altercollation.html#SQL-ALTERCOLLATION-NOTES',
  needs: ['server'],
  find({ server: { database, collation_version: then, collation_version_now: now } }) {
    if (then === null || now === null)
      return { not_applicable: "The database's collation has no version: it is the server's own, as C is." }
    if (then === now) return []
    const name = quoteIdent(database)
    return [
      {
        object: '',
        reason: `Database ${name} was made with version ${then} of its collation, and the system has version ${now}.`,
        sql: `${comment('Writes wait. With CONCURRENTLY they do not, and exclusion constraints are left out.')}\nREINDEX DATABASE ${name};\nALTER DATABASE ${name} REFRESH COLLATION VERSION;`,
      },
    ]
  },
})

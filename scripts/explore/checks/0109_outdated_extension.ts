import { check } from './check.ts'
import { comment, quoteIdent } from './words.ts'

export const outdatedExtension = check({
  number: '0109',
  name: 'outdated_extension',
  title: 'Extension that is older than its files',
  severity: 'notice',
  why: "The server's files have a newer version of the extension than this database uses. New functions and corrections are missing, and with TimescaleDB a database can only be opened while the old files are still there.",
  mend: 'Read its release notes, take a backup, and update it. Each database of the server is updated by itself.',
  source: 'https://www.postgresql.org/docs/current/sql-alterextension.html',
  needs: ['extensions'],
  find({ extensions }) {
    return extensions.flatMap(({ name, version, available }) => {
      // Without files there is no newer version; that of a development version says nothing of its age.
      if (available === null || order(version, available) >= 0) return []
      const update = `ALTER EXTENSION ${quoteIdent(name)} UPDATE;`
      return [
        {
          object: quoteIdent(name),
          reason: `Extension ${quoteIdent(name)} is version ${version}, and version ${available} is installed on the server.`,
          sql:
            name === 'timescaledb'
              ? `${comment('The first command of a new session, with psql -X.')}\n${update}`
              : update,
        },
      ]
    })
  },
})

/** 1.10 is newer than 1.9. */
function order(a: string, b: string): number {
  const [as, bs] = [a, b].map(version => version.split(/[.-]/))
  for (let i = 0; i < Math.max(as?.length ?? 0, bs?.length ?? 0); i += 1) {
    const difference = Number(as?.[i] ?? 0) - Number(bs?.[i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

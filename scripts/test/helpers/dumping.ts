import type { ChildProcess } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { major } from './place.ts'
import { eventually } from './saving.ts'
import { programsAt } from './server.ts'
import type { Run, RunOptions, Toolkit } from './toolkit.ts'

/** What the programs of this run compress with: pg_dump before 16 has gzip alone. */
export const algorithm = major >= 16 ? 'zstd' : 'gzip'
export const sqlEnding = major >= 16 ? '.sql.zst' : '.sql.gz'

/** So hard to compress that a dump lasts until somebody interferes. */
export const slowly = ['--compress', major >= 16 ? 'zstd:19' : 'gzip:9'] as const

/** A database with a large table, for dumps that have to last. */
export async function makeSlowDatabase(toolkit: Toolkit, name: string, rows = 200_000): Promise<void> {
  await toolkit.sql(`CREATE DATABASE ${name}`)
  await toolkit.sql(
    `CREATE TABLE large AS SELECT n, repeat(md5(n::text) || sha256(n::text::bytea)::text, 2) AS text FROM generate_series(1, ${rows}) n`,
    name,
  )
}

export type Dumping = { child: ChildProcess; done: Promise<Run>; program: string }

/** Starts a slow dump and comes back when pg_dump reads the large table. */
export async function startSlowDump(
  toolkit: Toolkit,
  database: string,
  args: readonly string[] = [],
  options: RunOptions = {},
  folder = toolkit.backupsDir,
): Promise<Dumping> {
  const { child, done } = toolkit.start('dump.ts', ['--db', database, ...slowly, ...args, '--json'], options)
  let ended: Run | undefined
  void done.then(run => {
    ended = run
  })
  const client = await toolkit.client()
  try {
    const program = await eventually('pg_dump reads the large table', async () => {
      if (ended) throw new Error(`the dump ended with ${ended.code}: ${ended.stderr}`)
      const { rowCount } = await client.query(
        "SELECT FROM pg_stat_activity WHERE application_name = 'pg_dump' AND datname = $1 AND query LIKE 'COPY public.large%'",
        [database],
      )
      return rowCount ? (await programsAt(folder))[0] : undefined
    })
    return { child, done, program }
  } finally {
    await client.end()
  }
}

/** What no dump may leave when it has ended badly: programs, and anything in the folder but what others put there. */
export async function leftOf({ backupsDir }: Toolkit, folder = backupsDir): Promise<string[]> {
  const names = (await readdir(folder)).filter(name => name !== '.lock' && name !== 'history.jsonl')
  return [...names, ...(await programsAt(folder))]
}

/** Sessions of a dump that the server still has. */
export const sessionsOf = async (toolkit: Toolkit, database: string): Promise<number> =>
  (
    await toolkit.sql(
      `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = '${database}' AND application_name IN ('pg_dump', 'timescaledb-toolkit')`,
    )
  )[0].n

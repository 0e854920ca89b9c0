import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { isOfDatabase, type RestorePass, wordsOf } from '../plan/restore_dump.ts'
import { type Login, withClient } from '../postgres/connection.ts'
import { algorithmOfSql, sqlArguments } from '../postgres/dump_archive.ts'
import { connectionTo } from '../postgres/local_session.ts'
import { withClientLogin } from '../postgres/passfile.ts'
import { withWorkFolder } from '../postgres/work_folder.ts'
import type { Program, Runtime } from '../runtime/runtime.ts'
import type { Context } from '../settings/command.ts'
import { createProgress } from '../terminal/progress.ts'
import { explainPass } from './restore_dump_errors.ts'
import type { RestoreDumpFacts } from './restore_dump_gather.ts'
import { stagingLogin } from './staging.ts'

const programName = 'restore_dump'

/** Runs pg_restore once for each pass, one after the other. */
export async function runPasses(
  runtime: Runtime,
  facts: RestoreDumpFacts,
  passes: readonly RestorePass[],
  context: Context,
): Promise<void> {
  for (const { argv, entries, purpose } of passes) {
    if (entries?.length === 0) continue
    context.log.detail(`${purpose} …`)
    await withList(entries, async (list, folders) => {
      const all = [...argv, ...list, `--dbname=${connectionTo(facts.staging.name)}`, '--', facts.backup.path]
      await runIn(runtime, facts, all, folders, context)
    })
  }
}

/** A list of entries in a file, for pg_restore --use-list; it restores them in that order. */
async function withList<T>(
  entries: readonly string[] | undefined,
  work: (list: string[], folders: NonNullable<Program['folders']>) => Promise<T>,
): Promise<T> {
  if (entries === undefined) return work([], [])
  return withWorkFolder(tmpdir(), async folder => {
    const path = join(folder, 'entries')
    await writeFile(path, `${entries.join('\n')}\n`, { mode: 0o600 })
    return work([`--use-list=${path}`], [{ path, mode: 'ro' }])
  })
}

/**
 * What cannot be read to its end must not look like the end: a statement that no server knows comes in its place.
 * Only a shell has a pipe, and not every one has pipefail.
 */
const plainScript =
  'psql=$1; shift; { "$@" || printf "\\n\\\\\\\\.\\nthe dump could not be read to its end;\\n"; } | psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --dbname="$psql"'

/** With TimescaleDB, whose foreign keys are made in restoring mode, or outside of it: see `splitForeignKeys`. */
const plainTimescaleScript =
  'psql=$1; keys=$2; shift 2; { { "$@" || printf "\\n\\\\\\\\.\\nthe dump could not be read to its end;\\n"; } | LC_ALL=C awk "$keys" || printf "\\n\\\\\\\\.\\nthe dump could not be read to its end;\\n"; } | psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --dbname="$psql"'

/** Of each key that pg_dump writes the table is on a line of its own, below a heading. Rows are passed over. */
const switchRestoring = `
function restoring(mode) { print "SELECT pg_catalog.set_config('timescaledb.restoring', " mode ", false);" }
/^-- Data for Name: / && !inside { expecting = 1 }
/^-- Name: / && !inside {
  expecting = 0
  if (key) restoring("'on'")
  key = / Type: FK CONSTRAINT; Schema: /
}
key && /^ALTER TABLE / {
  table = $0
  sub(/^ALTER TABLE (ONLY )?/, "", table)
  gsub(/'/, "''", table)
  of = "to_regclass('" table "')"
  restoring("CASE WHEN EXISTS (SELECT FROM _timescaledb_catalog.hypertable h" \\
    " WHERE to_regclass(format('%I.%I', h.schema_name, h.table_name)) IN (SELECT " of \\
    " UNION ALL SELECT inhparent FROM pg_inherits WHERE inhrelid = " of ")) THEN 'on' ELSE 'off' END")
}
{ print }
expecting && / FROM stdin;$/ { inside = 1; expecting = 0 }
inside && $0 == "\\\\." { inside = 0 }
END { if (key) restoring("'on'") }`

/** Plain SQL, from a file that may be compressed. */
export async function runPlain(runtime: Runtime, facts: RestoreDumpFacts, context: Context): Promise<void> {
  const { backup, staging, plan } = facts
  const read = sqlArguments(backup.path, algorithmOfSql(backup.path))
  const database = connectionTo(staging.name)
  const argv = plan.timescaledb
    ? ['sh', '-c', plainTimescaleScript, 'sh', database, switchRestoring, ...read]
    : ['sh', '-c', plainScript, 'sh', database, ...read]
  await runIn(runtime, facts, argv, [], context)
}

/** Rows for tables that are there. */
export type Fill = {
  entries: readonly string[]
  /** They do not fire meanwhile. */
  triggers: readonly { table: string; name: string; always: boolean }[]
  /** How many rows there have to be then: name as SQL text → rows. */
  counts: readonly (readonly [name: string, rows: number])[]
}

/** What fails in the middle must not be committed: then comes a statement that no server knows. */
const rowsScript =
  'psql=$1; list=$2; dump=$3; shift 3; { pg_restore --data-only --use-list="$list" --file=- -- "$dump" || printf "\\n\\\\\\\\.\\nthe dump could not be read to its end;\\n"; } | psql --no-psqlrc --quiet --single-transaction --set=ON_ERROR_STOP=1 --dbname="$psql" "$@"'

/** In one transaction: all of it, counted, or nothing. */
export async function runRows(
  runtime: Runtime,
  facts: RestoreDumpFacts,
  login: Login,
  { entries, triggers, counts }: Fill,
  context: Context,
): Promise<void> {
  const switched = (how: 'DISABLE' | 'ENABLE') =>
    triggers.map(
      ({ table, name, always }) =>
        `--command=ALTER TABLE ONLY ${table} ${how}${how === 'ENABLE' && always ? ' ALWAYS' : ''} TRIGGER ${name}`,
    )
  const counted = counts.map(([name, rows]) => `--command=${countCheck(name, rows)}`)
  await withList(entries, async ([list = ''], folders) => {
    const file = list.replace('--use-list=', '')
    const argv = ['sh', '-c', rowsScript, 'sh', connectionTo(login.database), file, facts.backup.path]
    const steps = [...switched('DISABLE'), '--file=-', ...counted, ...switched('ENABLE')]
    await runIn(runtime, facts, [...argv, ...steps], folders, context, login)
  })
}

const countCheck = (name: string, rows: number): string =>
  `DO $check$ BEGIN IF (SELECT count(*) FROM ${name}) <> ${rows} THEN RAISE EXCEPTION 'not ${rows} rows in a table: %', ${pg.escapeLiteral(name)}; END IF; END $check$`

async function runIn(
  runtime: Runtime,
  facts: RestoreDumpFacts,
  argv: readonly string[],
  more: NonNullable<Program['folders']>,
  { signal, log }: Context,
  login: Login = stagingLogin(facts.staging),
): Promise<void> {
  const output = await withClientLogin(login, ({ env, folders }) =>
    runtime.run(
      {
        name: programName,
        argv,
        as: 'caller',
        env,
        folders: [{ path: facts.backup.path, mode: 'ro' }, ...more, ...folders],
        network: { reach: login.host, port: login.port, container: login.via?.container },
        image: facts.image.image,
      },
      { signal, onStderr: log.detail },
    ),
  )
  if (output.code === 0) return
  const program = argv[0] === 'sh' ? 'psql' : 'pg_restore'
  const isOurs = login.database === facts.staging.name
  throw explainPass(program, output, facts.backup.id, isOurs ? undefined : 'Nothing was changed.')
}

/** What pg_restore --create says of the database itself: settings, comment, privileges; not how it is made. */
export async function readDatabaseSql(
  runtime: Runtime,
  { entries, backup, image, settings }: RestoreDumpFacts,
  { signal }: Context,
): Promise<string> {
  const wanted = entries.filter(entry => isOfDatabase(entry) && !(settings.noAcl && isPrivilege(entry)))
  // How it was made is known; often there is nothing else.
  if (wanted.every(entry => wordsOf(entry).startsWith('DATABASE - '))) return ''
  const sql = await readSql(runtime, backup.path, image.image, ['--create'], wanted, signal)
  // pg_restore says these whether they are in the list or not.
  return sql.replace(/^(CREATE DATABASE .*|ALTER DATABASE .* OWNER TO .*);$/gm, '')
}

const isPrivilege = (entry: string): boolean => wordsOf(entry).startsWith('ACL ')

/**
 * The statements of some entries.
 * @throws ToolkitError as `explainPass`: what could not be read must not look like nothing.
 */
export async function readEntriesSql(
  runtime: Runtime,
  { backup, image }: RestoreDumpFacts,
  entries: readonly string[],
  { signal }: Context,
): Promise<string> {
  return readSql(runtime, backup.path, image.image, [], entries, signal)
}

async function readSql(
  runtime: Runtime,
  path: string,
  image: string,
  options: readonly string[],
  entries: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  return withList(entries, async (list, folders) => {
    const argv = ['pg_restore', ...options, ...list, '--file=-', '--', path]
    const output = await runtime.run(
      { name: programName, argv, as: 'caller', folders: [{ path, mode: 'ro' }, ...folders], image },
      { signal },
    )
    if (output.code !== 0) throw explainPass('pg_restore', output, path)
    // What is for psql, and settings of the session.
    return output.stdout
      .split('\n')
      .filter(line => !/^(\\|SET |SELECT pg_catalog\.set_config)/.test(line))
      .join('\n')
  })
}

/** How large it has become, of how large it was. */
export async function withSizeProgress<T>(
  { staging, bytes }: RestoreDumpFacts,
  context: Context,
  work: () => Promise<T>,
): Promise<T> {
  const progress = await createProgress('Restoring', context.progress)
  return withClient(staging.maintenance, async client => {
    const look = setInterval(async () => {
      try {
        const sql = 'SELECT pg_database_size(datname) AS bytes FROM pg_database WHERE datname = $1'
        const { rows } = await client.query(sql, [staging.name])
        progress.update(Number(rows[0]?.bytes ?? 0), bytes ?? 0)
      } catch {
        // The connection has ended: what is at work says so, with better words.
      }
    }, 1000)
    try {
      return await work()
    } finally {
      clearInterval(look)
      progress.stop()
    }
  })
}

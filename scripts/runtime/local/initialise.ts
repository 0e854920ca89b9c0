import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ToolkitError } from '../../errors.ts'
import { runProcess, type User } from '../process.ts'
import type { ServerPlan } from '../runtime.ts'
import { programEnvironment } from './programs.ts'

/**
 * Makes a cluster as the images' entrypoint does: below a marker that says “not finished” from before initdb until
 * the extension is there, with a server that is reached through a socket of its own only. Takes the data directory,
 * the role, the database, the folder of that socket, and yes where TimescaleDB is installed. The password comes by
 * standard input.
 */
const script = `
data=$1 role=$2 database=$3 sockets=$4 timescaledb=$5
marker=$data/.docker-init-unfinished
exec 8<&0 </dev/null
mkdir -p -m 0700 "$marker"
find "$data" -mindepth 1 -maxdepth 1 ! -name .docker-init-unfinished -exec rm -rf {} +
find "$marker" -mindepth 1 -delete
initdb --pgdata="$marker" --username="$role" --no-instructions --encoding=UTF8 --lc-messages=C \\
  --auth-local=trust --auth-host=scram-sha-256 --data-checksums --pwfile=<(cat <&8)
mv "$marker"/* "$data"
chmod 0700 "$data"
[ "$timescaledb" != yes ] || printf "\\nshared_preload_libraries = 'timescaledb'\\n" >> "$data/postgresql.conf"

export PGHOST=$sockets PGUSER=$role PGDATABASE=postgres
postgres -D "$data" -c listen_addresses= -c unix_socket_directories="$sockets" -c port=5432 &
server=$!
trap 'kill -QUIT $server' EXIT
until pg_isready -q; do kill -0 $server; sleep 0.1; done
psql -XqAt -v ON_ERROR_STOP=1 -v name="$database" <<'SQL'
SELECT format('CREATE DATABASE %I', :'name')
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \\gexec
SQL
if [ "$timescaledb" = yes ]; then
  for name in template1 postgres "$database"; do
    PGDATABASE=$name PGOPTIONS='-c client_min_messages=error' psql -Xq -v ON_ERROR_STOP=1 \\
      -c 'CREATE EXTENSION IF NOT EXISTS timescaledb'
  done
fi
trap - EXIT
kill -INT $server
wait $server
rmdir "$marker"
sync
`

/**
 * The user's locale where it is one of UTF-8 and this machine has it, which is not a matter of course: ssh hands on
 * that of another machine. A cluster in SQL_ASCII would take anything and compare nothing.
 */
async function chooseLocale(): Promise<string> {
  const { LC_ALL, LC_COLLATE, LANG } = process.env
  for (const locale of [LC_ALL || LC_COLLATE || LANG || '', 'C.UTF-8', 'en_US.UTF-8']) {
    const charmap = await runProcess(['locale', 'charmap'], { env: { LC_ALL: locale } }).catch(
      () => undefined,
    )
    // musl has no such program, and every locale is one of UTF-8.
    if (charmap === undefined) return 'C.UTF-8'
    if (/^utf-?8$/i.test(charmap.stdout.trim())) return locale
  }
  return 'C'
}

/** @throws ToolkitError failed, interrupted; what was made is cleared by the next start. */
export async function initialise(
  plan: ServerPlan,
  password: string,
  options: { user: User | undefined; timescaledb: boolean; signal?: AbortSignal | undefined },
): Promise<void> {
  const { user, timescaledb, signal } = options
  const sockets = await mkdtemp(join(tmpdir().length > 60 ? '/tmp' : tmpdir(), 'toolkit-init-'))
  try {
    if (user) await runProcess(['chown', `${user.uid}:${user.gid}`, sockets, plan.dataDir])
    const { POSTGRES_USER: role = 'postgres', POSTGRES_DB: database = 'postgres' } = plan.env
    const argv = [plan.dataDir, role, database, sockets, timescaledb ? 'yes' : 'no']
    const output = await runProcess(
      ['bash', '--norc', '-euo', 'pipefail', '-c', script, 'initialise', ...argv],
      {
        user,
        cwd: '/',
        env: programEnvironment(plan.image, { LC_ALL: await chooseLocale() }),
        input: `${password}\n`,
        signal,
      },
    )
    if (output.code === 0) return
    throw explain([output.stdout, output.stderr].join('\n').trim())
  } finally {
    await rm(sockets, { recursive: true, force: true })
  }
}

function explain(said: string): ToolkitError {
  const why = said.split('\n').slice(-8).join('\n')
  if (/Read-only file system|Permission denied/i.test(said)) {
    return new ToolkitError('prerequisite', {
      what: 'The database may not write where its data is to be.',
      why,
      hint: 'Is the disk of DATA_DIR mounted read-only (findmnt -T)? Mend that, or choose another DATA_DIR.',
    })
  }
  if (/No space left/i.test(said)) {
    return new ToolkitError('space', {
      what: 'The disk is full: the cluster could not be made.',
      why,
      hint: 'Free some space, then try again: the next start begins anew.',
    })
  }
  return new ToolkitError('failed', {
    what: 'The cluster could not be made.',
    why,
    hint: 'The next start begins anew.',
  })
}

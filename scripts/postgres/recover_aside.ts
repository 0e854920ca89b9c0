import { ToolkitError } from '../errors.ts'
import type { Folder, ImageFacts, Runtime } from '../runtime/runtime.ts'
import { diskTrouble } from './unpack.ts'

/**
 * Recovers a data directory with a server of its own that nobody else reaches, and shuts it down cleanly. Takes the
 * data directory, the roles to try, a line each, the library to preload where the configuration that came along does
 * not (it may stand on the command line of the server that it came from), and the server's options. Prints what it found as lines of key=value.
 */
const script = `
data=$1 roles=$2 library=$3
shift 3
run=$(mktemp -d /tmp/toolkit-recover.XXXXXX)
trap 'rm -rf "$run"' EXIT
set -f
echo 'local all all trust' > "$run/pg_hba.conf"
config=$data/postgresql.conf
if [ ! -f "$config" ]; then
  config=$run/postgresql.conf
  [ -z "$library" ] || echo "shared_preload_libraries = '$library'" > "$config"
  touch "$config"
elif [ -n "$library" ]; then
  preloaded=$(postgres -C shared_preload_libraries -D "$data" -c config_file="$config" -c data_directory="$data" 2>/dev/null) || preloaded=
  case $preloaded in
    *"$library"*) ;;
    *) set -- "$@" -c shared_preload_libraries="\${preloaded:+$preloaded,}$library" ;;
  esac
fi
launch() {
  postgres -D "$data" -c config_file="$config" -c data_directory="$data" -c hba_file="$run/pg_hba.conf" \\
    -c unix_socket_directories="$run" "$@" > "$run/log" 2>&1 &
  server=$!
}
failed() { tail -n 12 "$run/log" >&2; exit 33; }
end() { kill -INT $server 2>/dev/null; wait $server; }
trap 'end; rm -rf "$run"' EXIT
ask() { psql -h "$run" -p 5432 -XqAt -v ON_ERROR_STOP=1 -U "$role" -d "$@"; }
state() { LC_ALL=C pg_controldata -D "$data" | sed -n 's/^Database cluster state: *//p'; }

launch "$@"
# In this order: the control file of a backup says “in production” until the server has begun.
until pg_isready -q -h "$run" -p 5432 && [ "$(state)" = 'in production' ]; do
  kill -0 $server 2>/dev/null || failed
  sleep 0.2
done
role=
IFS=$'\\n'
for r in $roles; do
  role=$r
  [ "$(ask template1 -c 'SELECT rolsuper FROM pg_roles WHERE rolname = current_user' 2>/dev/null)" = t ] && break
  role=
done
unset IFS
if [ -z "$role" ]; then
  # A server for one user needs no role to let him in: it knows the first one's name.
  end || failed
  role=$(echo 'SELECT rolname FROM pg_authid WHERE oid = 10' |
    postgres --single -D "$data" -c config_file="$config" -c data_directory="$data" "$@" template1 2>/dev/null |
    sed -n 's/.*rolname = "\\(.*\\)"[[:space:]]*(typeid.*/\\1/p')
  [ -n "$role" ] || { echo 'the name of its superuser cannot be found' >&2; exit 34; }
  launch "$@"
  until pg_isready -q -h "$run" -p 5432; do kill -0 $server 2>/dev/null || failed; sleep 0.2; done
fi
ask template1 -c "SELECT 'lsn=' || redo_lsn FROM pg_control_checkpoint()"
ask template1 -c "SELECT 'timeline=' || ('x' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8))::bit(32)::int"
ask template1 -c "SELECT 'database=' || pg_database_size(oid) || ' ' || datname FROM pg_database WHERE NOT datistemplate ORDER BY datname"

# What would write or delete as soon as the data is started for real is held, and said aloud.
archives=$(ask template1 -c "SELECT setting FROM pg_file_settings WHERE name = 'archive_mode' ORDER BY seqno DESC LIMIT 1")
case "$archives" in on | always | true | yes | 1)
  ask template1 -c 'ALTER SYSTEM SET archive_mode = off'
  echo held=archive_mode
esac
jobs=0
for name in $(ask template1 -c "SELECT encode(convert_to(datname, 'UTF8'), 'hex') FROM pg_database WHERE datallowconn AND NOT datistemplate"); do
  name=$(printf '%b' "$(echo "$name" | sed 's/../\\\\x&/g')")
  count=$(PGDATABASE=$name psql -h "$run" -p 5432 -XqAt -U "$role" -c "SELECT count(*) FROM timescaledb_information.jobs
    WHERE job_id >= 1000 AND scheduled" 2>/dev/null) || continue
  jobs=$((jobs + count))
done
if [ "$jobs" -gt 0 ]; then
  ask template1 -c 'ALTER SYSTEM SET timescaledb.max_background_workers = 0'
  echo "held=timescaledb.max_background_workers"
  echo "jobs=$jobs"
fi
trap 'rm -rf "$run"' EXIT
end || failed
# The options of this server are not those of the next one.
rm -f "$data/postmaster.opts"
sync
`

export type Recovered = {
  lsn: string | null
  timeline: number
  databases: { name: string; bytes: number }[]
  /** Settings that were set by ALTER SYSTEM, so that nothing is archived or deleted unasked. */
  held: string[]
  /** TimescaleDB jobs of users that wait. */
  jobs: number
}

/**
 * Lets a restored data directory recover to its end on its new timeline, so that whoever starts it finds a cluster
 * that was shut down cleanly.
 * @throws ToolkitError failed with the server's own words, space
 */
export async function recoverAside(
  runtime: Runtime,
  image: ImageFacts,
  place: { data: string; folders: readonly Folder[]; roles: readonly string[] },
  options: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Recovered> {
  const library = image.timescaledb.length > 0 ? 'timescaledb' : ''
  const settings = Object.entries(options).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const output = await runtime.run(
    {
      name: 'recover',
      argv: [
        ...['bash', '--norc', '-euo', 'pipefail', '-c', script, 'recover'],
        ...[place.data, [...new Set(place.roles)].join('\n'), library, ...settings],
      ],
      as: { uid: image.uid, gid: image.gid },
      folders: place.folders,
      image: image.image,
    },
    { signal },
  )
  if (output.code === 0) return parseRecovered(output.stdout)
  throw (
    diskTrouble(place.data, output.stderr) ??
    new ToolkitError('failed', {
      what: 'The restored data could not be recovered: the server ended, or let nobody in.',
      why: output.stderr.split('\n').slice(-12).join('\n'),
      hint: 'Nothing was changed. The lines above are the server’s own: a library or a locale that is missing is the usual reason.',
    })
  )
}

export function parseRecovered(stdout: string): Recovered {
  const lines = stdout.split('\n').map(line => line.split(/=(.*)/s, 2) as [string, string | undefined])
  const many = (key: string) => lines.filter(([k]) => k === key).map(([, value]) => value ?? '')
  return {
    lsn: many('lsn')[0] ?? null,
    timeline: Number(many('timeline')[0] ?? 1),
    databases: many('database').map(text => {
      const [bytes = '0', name = ''] = text.split(/ (.*)/s, 2)
      return { name, bytes: Number(bytes) }
    }),
    held: many('held'),
    jobs: Number(many('jobs')[0] ?? 0),
  }
}

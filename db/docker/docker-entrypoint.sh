#!/usr/bin/env bash
# Starts PostgreSQL; makes the cluster first when the data directory is empty.
# The settings are those of the stock image (see README.md). Two things differ on purpose: an
# initialisation that does not finish leaves nothing behind, and while it runs the server can only
# be reached through a private socket, so pg_isready never says "ready" too early.
set -euo pipefail

# Lies in PGDATA from before initdb until initialisation is complete. Whoever finds it knows that
# everything beside it is the rest of an unfinished initialisation, even after SIGKILL.
readonly MARKER=.docker-init-unfinished
readonly SETTINGS=(PASSWORD USER DB INITDB_ARGS INITDB_WALDIR HOST_AUTH_METHOD)

say() { printf 'docker-entrypoint: %s\n' "$@" >&2; }
die() {
  say "$@"
  exit 1
}

# X_FILE names a file that holds the value of X.
read_settings() {
  local name file value
  for name in "${SETTINGS[@]/#/POSTGRES_}"; do
    file="${name}_FILE"
    [[ -n ${!file:-} ]] || continue
    [[ -z ${!name:-} ]] || die "both $name and $file are set: set one of them."
    [[ -f ${!file} || -p ${!file} || -c ${!file} ]] || die "$file names ${!file}, which is not a file in this container."
    value=$(<"${!file}") || die "$file: cannot read ${!file} as uid $(id -u)."
    export "$name=${value%$'\r'}"
    unset "$file"
  done
}

check_settings() {
  if [[ -z ${POSTGRES_PASSWORD:-} && ${POSTGRES_HOST_AUTH_METHOD:-} != trust ]]; then
    die 'no password for the superuser, and no cluster yet.' \
      'Set POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE; or POSTGRES_HOST_AUTH_METHOD=trust, which lets everybody in without one.'
  fi
  # initdb would silently keep only the first line
  [[ ${POSTGRES_PASSWORD:-} != *$'\n'* ]] || die 'the password contains a line break: use one line.'
  [[ ${POSTGRES_HOST_AUTH_METHOD:-} != trust ]] ||
    say 'POSTGRES_HOST_AUTH_METHOD=trust: whoever reaches the port is let in without a password.'
}

wants_no_server() {
  local arg
  for arg in "$@"; do
    case "$arg" in -\? | --help | --describe-config | -V | --version | -C) return 0 ;; esac
  done
  return 1
}

has_cluster() { [[ -s $PGDATA/PG_VERSION && ! -e $PGDATA/$MARKER ]]; }

is_empty() { [[ -z $(find "$1" -mindepth 1 -maxdepth 1 -print -quit) ]]; }

# Ownership and mode only; file contents are never touched.
prepare_as_root() {
  local dir
  mkdir -p "$PGDATA" /var/run/postgresql
  chmod 3777 /var/run/postgresql 2>/dev/null || true
  for dir in "$PGDATA" ${POSTGRES_INITDB_WALDIR:+"$POSTGRES_INITDB_WALDIR"}; do
    mkdir -p "$dir"
    # some shared folders refuse this and work all the same
    find "$dir" ! -user postgres -exec chown -h postgres:postgres {} + || true
    # 0750 is initdb --allow-group-access
    case "$(stat -c %a "$dir")" in 700 | 750) ;; *) chmod 0700 "$dir" || true ;; esac
  done
}

# Removes what an unfinished initialisation made, the marker last: a kill in here changes nothing.
remove_unfinished() {
  local link
  for link in "$PGDATA"/{,"$MARKER"/}pg_tblspc/*; do
    # CREATE TABLESPACE refuses a location that has this folder: it is of the unfinished cluster
    if [[ -L $link ]]; then rm -rf -- "$(readlink "$link")/PG_${PG_MAJOR}_"*; fi
  done
  for link in "$PGDATA"/{,"$MARKER"/}pg_wal; do
    if [[ -L $link && -d $link ]]; then find "$(readlink "$link")/" -mindepth 1 -delete; fi
  done
  (cd "$PGDATA" && find . -mindepth 1 -maxdepth 1 ! -name "$MARKER" -exec rm -rf -- {} +)
  rm -rf -- "${PGDATA:?}/$MARKER"
}

# A directory mounted where older majors kept their data would be left unused, and the data lost
# with the container.
check_layout() {
  if ((PG_MAJOR >= 18)) && [[ $PGDATA == /var/lib/postgresql/"$PG_MAJOR"/* ]] &&
    grep -q ' /var/lib/postgresql/data ' /proc/self/mountinfo; then
    die "something is mounted at /var/lib/postgresql/data, but this image keeps its data in $PGDATA." \
      'Mount it at /var/lib/postgresql instead, or set PGDATA=/var/lib/postgresql/data.'
  fi
}

# initdb wants a name for its uid; with --user <uid> there may be none.
with_user_name() (
  if ! getent passwd "$(id -u)" >/dev/null; then
    local library
    library=$(find /usr/lib -name libnss_wrapper.so -print -quit)
    NSS_WRAPPER_PASSWD=$(mktemp)
    NSS_WRAPPER_GROUP=$(mktemp)
    trap 'rm -f "$NSS_WRAPPER_PASSWD" "$NSS_WRAPPER_GROUP"' EXIT
    printf 'postgres:x:%s:%s:PostgreSQL:%s:/bin/false\n' "$(id -u)" "$(id -g)" "$PGDATA" >"$NSS_WRAPPER_PASSWD"
    printf 'postgres:x:%s:\n' "$(id -g)" >"$NSS_WRAPPER_GROUP"
    export LD_PRELOAD=$library NSS_WRAPPER_PASSWD NSS_WRAPPER_GROUP
  fi
  "$@"
)

make_cluster() {
  local auth=scram-sha-256 method extra=()
  [[ ${POSTGRES_HOST_AUTH_METHOD:-} != trust ]] || auth=trust
  # as in the stock image a piece of shell, so that quotes in it work
  eval "extra=(${POSTGRES_INITDB_ARGS:-})"
  [[ -z ${POSTGRES_PASSWORD:-} ]] || extra=(--pwfile=/dev/fd/3 "${extra[@]}")
  [[ -z ${POSTGRES_INITDB_WALDIR:-} ]] || extra=(--waldir="$POSTGRES_INITDB_WALDIR" "${extra[@]}")
  with_user_name initdb --pgdata="$PGDATA/$MARKER" --username="$POSTGRES_USER" --no-instructions \
    --auth-local=trust --auth-host="$auth" "${extra[@]}" 3< <(printf '%s\n' "${POSTGRES_PASSWORD:-}")
  mv -- "$PGDATA/$MARKER"/* "$PGDATA/"
  chmod --reference="$PGDATA/$MARKER" "$PGDATA"
  method=${POSTGRES_HOST_AUTH_METHOD:-$("$@" -C password_encryption)}
  printf '\nhost all all all %s\n' "$method" >>"$PGDATA/pg_hba.conf"
}

# Scripts of the stock image call this function by its name.
docker_process_sql() {
  psql --no-psqlrc --quiet --no-password -v ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" "$@"
}

make_databases() {
  local database
  docker_process_sql --dbname=postgres -v database="$POSTGRES_DB" <<'SQL'
SELECT format('CREATE DATABASE %I', :'database')
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \gexec
SQL
  [[ -e /usr/share/postgresql/$PG_MAJOR/extension/timescaledb.control ]] || return 0
  case ",$(docker_process_sql -At -c 'SHOW shared_preload_libraries' | tr -d ' "')," in
    *,timescaledb,*) ;;
    *)
      say 'extension timescaledb not created: the settings given to the server do not preload it (shared_preload_libraries).'
      return 0
      ;;
  esac
  for database in template1 postgres "$POSTGRES_DB"; do
    PGOPTIONS='-c client_min_messages=error' docker_process_sql --dbname="$database" \
      -c 'CREATE EXTENSION IF NOT EXISTS timescaledb'
  done
}

run_scripts() {
  local script
  for script in /docker-entrypoint-initdb.d/*; do
    [[ -e $script ]] || continue
    say "running $script"
    case "$script" in
      *.sh) if [[ -x $script ]]; then "$script"; else
        set +u
        # shellcheck source=/dev/null
        . "$script"
        set -u
      fi ;;
      *.sql) docker_process_sql -f "$script" ;;
      *.sql.gz) gzip -dc "$script" | docker_process_sql ;;
      *.sql.xz) xz -dc "$script" | docker_process_sql ;;
      *.sql.zst) zstd -dcq "$script" | docker_process_sql ;;
      *) say "left out: not .sh, .sql, .sql.gz, .sql.xz or .sql.zst" ;;
    esac
  done
}

# Runs in a process group of its own: see initialise_or_undo.
initialise() {
  set +m
  local server
  make_cluster "$@"

  unset PGHOSTADDR
  export PGHOST=$SOCKETS PGPORT=${PGPORT:-5432} PGPASSWORD=${POSTGRES_PASSWORD:-} POSTGRES_USER POSTGRES_DB
  "$@" -c listen_addresses= -c unix_socket_directories="$SOCKETS" -c port="$PGPORT" 9<&- &
  server=$!
  until pg_isready -q -U "$POSTGRES_USER" -d postgres; do
    kill -0 "$server" 2>/dev/null || die 'the server did not start.'
    sleep 0.1
  done
  make_databases
  run_scripts
  kill -INT "$server"
  wait "$server" || die 'the server did not shut down cleanly.'

  rmdir -- "$PGDATA/$MARKER"
  # must be on disk before there is data: a marker that comes back would have it removed
  sync -- "$PGDATA"
}

stop_and_undo() {
  local i
  mkdir -p -- "$PGDATA/$MARKER"
  kill -TERM -- "-$1" 2>/dev/null || true
  [[ ! -e $PGDATA/postmaster.pid ]] || pg_ctl -D "$PGDATA" -m immediate -t 10 stop >/dev/null 2>&1 || true
  for ((i = 0; i < 50; i++)); do
    kill -0 -- "-$1" 2>/dev/null || break
    sleep 0.1
  done
  kill -KILL -- "-$1" 2>/dev/null || true
  remove_unfinished
}

initialise_or_undo() {
  local job status=0 signal=''
  # Two containers on one empty directory: the second must not take the first one's work for a rest.
  exec 9<"$PGDATA"
  flock -n 9 || { (($? != 1)) || die "another container is initialising $PGDATA. Wait until it is done."; }
  if [[ -e $PGDATA/$MARKER ]]; then
    say "an earlier initialisation of $PGDATA was interrupted: removing what it left, beginning again."
    remove_unfinished
  fi
  is_empty "$PGDATA" ||
    die "$PGDATA is not empty and holds no cluster (no PG_VERSION). Nothing was changed." \
      'Empty it, or mount another directory.'
  [[ ! -d ${POSTGRES_INITDB_WALDIR:-} ]] || is_empty "$POSTGRES_INITDB_WALDIR" ||
    die "POSTGRES_INITDB_WALDIR=$POSTGRES_INITDB_WALDIR is not empty. Nothing was changed."
  chmod 0700 "$PGDATA" 2>/dev/null || die "uid $(id -u) does not own $PGDATA (its owner is $(stat -c %u "$PGDATA")). Start without --user, or chown it."

  mkdir -m 0700 -- "$PGDATA/$MARKER"
  SOCKETS=$(mktemp -d /tmp/init.XXXXXX)
  # bash runs a trap at once only while it waits for a background job
  trap 'signal=INT' INT
  trap 'signal=TERM' TERM QUIT HUP
  set -m
  initialise "$@" </dev/null &
  job=$!
  set +m
  wait "$job" || status=$?
  rm -rf -- "$SOCKETS"

  if [[ -n $signal ]]; then
    say "interrupted ($signal) while initialising $PGDATA."
    status=130
    [[ $signal == INT ]] || status=143
  elif ((status != 0)); then
    say "initialising $PGDATA failed: see the message above."
  elif [[ -e $PGDATA/$MARKER ]]; then
    say "initialising $PGDATA did not finish: a script in /docker-entrypoint-initdb.d called exit."
    status=1
  else
    trap - INT TERM QUIT HUP
    exec 9<&-
    return 0
  fi
  trap '' INT TERM QUIT HUP
  stop_and_undo "$job"
  say "$PGDATA is empty again; the next start begins anew."
  exit "$status"
}

main() {
  : "${PGDATA:?is not set}"
  if [[ ${1:-postgres} == -* ]]; then set -- postgres "$@"; fi
  if [[ ${1:-} != postgres ]] || wants_no_server "$@"; then exec "$@"; fi

  check_layout
  # before stepping down: a secret may be readable by root only
  has_cluster || read_settings
  if [[ $(id -u) == 0 ]]; then
    prepare_as_root
    export HOME=/var/lib/postgresql
    exec setpriv --reuid=postgres --regid=postgres --init-groups --inh-caps=-all -- "$0" "$@"
  fi
  mkdir -p "$PGDATA" 2>/dev/null || true
  [[ -r $PGDATA && -w $PGDATA && -x $PGDATA ]] ||
    die "uid $(id -u) cannot write to $PGDATA. Look at the owner and mode of that directory and of those above it."
  if ! has_cluster; then
    check_settings
    POSTGRES_USER=${POSTGRES_USER:-postgres}
    POSTGRES_DB=${POSTGRES_DB:-$POSTGRES_USER}
    initialise_or_undo "$@"
    say 'initialisation complete, starting the server.'
  fi
  # the server's environment is readable in /proc
  unset POSTGRES_PASSWORD
  exec "$@"
}

main "$@"

# shellcheck shell=bash disable=SC2154,SC2034
# Read by scripts/run.sh: runs a script in the tools image, as if it ran on this machine. It has this machine's network
# and process numbers, the caller's ids, and the folders that the command needs, each at its own path. Its own file
# system cannot be written to, so that nothing is written where it would be lost.

# shellcheck source=scripts/runner/engine.sh
. "$root/scripts/runner/engine.sh"
# shellcheck source=scripts/runner/image.sh
. "$root/scripts/runner/image.sh"
# shellcheck source=scripts/runner/mounts.sh
. "$root/scripts/runner/mounts.sh"

work='' child='' stopped='' code=0
container="toolkit-run-$$-$RANDOM"

in_docker() {
  folder=$(pwd -P)
  umask_here=$(umask)
  export HOME=${HOME:-/} TZ=${TZ:-$(time_zone)}
  trap clean_up EXIT
  trap 'stop INT' INT
  trap 'stop TERM' TERM HUP
  # Below the folder for temporary files and at the same path inside: containers started from there have to see it.
  work=$(umask 077 && mktemp -d "$(cd -P "${TMPDIR:-/tmp}" && pwd -P)/toolkit-run.XXXXXX")
  know_engine
  provide_image
  know_caller

  # First: what will the command need of this machine?
  begin_mounts
  run_container "$work/needs" runner/needs.ts "$@"
  ((code == 0)) || exit "$code"

  begin_mounts
  mount_needs "$work/needs"
  run_container '' "$@"
  exit "$code"
}

# run_container <file for the output, or nothing for our own terminal> <script> [argument …]: sets $code
run_container() {
  local output=$1 script=$2 terminal=()
  shift 2
  if [[ -z $output ]]; then
    terminal=(--interactive)
    if [[ -t 0 && -t 1 && -t 2 ]]; then terminal+=(--tty); fi
  fi
  write_environment
  mount_arguments
  set -- run --rm --name "$container" --label com.timescaledb-toolkit.role=runner ${terminal[@]+"${terminal[@]}"} \
    --network host --pid host --read-only "${identity[@]}" ${security[@]+"${security[@]}"} "${mounts[@]}" \
    --workdir "$folder" --entrypoint bash "$image" \
    "$root/scripts/runner/enter.sh" "$work" "$umask_here" "$root/scripts/$script" "$@"
  unless_stopped
  # In the background, for bash acts on a signal only while it waits; there it would ignore Ctrl-C and have no input.
  (
    trap - INT QUIT
    [[ -z $output ]] || exec </dev/null >"$output"
    exec "$engine" "$@"
  ) <&0 &
  child=$!
  while true; do
    code=0
    wait "$child" || code=$?
    kill -0 "$child" 2>/dev/null || break
  done
  child=''
  [[ -z $stopped ]] || wait_until_stopped
  case "$code" in
    # The engine's own, which has said why.
    125 | 126 | 127) error "$engine could not run the tools image." 8 ;;
  esac
}

# Handed on by the engine as well: a signal to its client is lost while there is no container yet.
stop() {
  stopped=$1
  [[ -n $child ]] || return 0
  until "$engine" kill --signal "$1" "$container" >/dev/null 2>&1; do
    kill -0 "$child" 2>/dev/null || return 0
    sleep 0.2
  done
}

unless_stopped() { [[ -z $stopped ]] || exit 130; }

# A client that has ended by a signal may have left its container at work, which cleans up after itself.
wait_until_stopped() {
  code=$("$engine" wait "$container" 2>/dev/null) || true
  [[ $code =~ ^[0-9]+$ ]] && ((code != 0 && code < 125)) || code=130
}

clean_up() {
  [[ -z $stopped ]] || "$engine" rm --force "$container" >/dev/null 2>&1 || true
  close_socket
  [[ -z $work ]] || rm -rf -- "$work"
}

# The environment goes by a file that the container reads and deletes: the engine would show it to everybody who asks.
# What is about this machine's own programs stays here.
write_environment() {
  local name
  for name in $(compgen -e); do
    case "$name" in
      PATH | PWD | OLDPWD | SHLVL | SHELL | SHELLOPTS | BASH* | _ | LD_* | DYLD_* | NODE_* | npm_* | SSL_CERT_*) ;;
      TMP | TEMP | TMPDIR | XDG_RUNTIME_DIR | DOCKER | DOCKER_CONTEXT | DOCKER_CONFIG | DOCKER_HOST | CONTAINER_HOST) ;;
      *) printf '%s=%s\0' "$name" "${!name}" ;;
    esac
  done >"$work/environment"
  printf '%s\0' "TMPDIR=$work" TOOLKIT_RUNNER=docker ${variables[@]+"${variables[@]}"} >>"$work/environment"
}

# The caller has a name in the container too: the history of backups says who, and ssh wants one.
know_caller() {
  local ids=${identity[1]}
  uid_inside=${ids%%:*}
  printf '%s:x:%s::%s:/bin/bash\n' "$(id -un 2>/dev/null || id -u)" "$ids" "$HOME" >"$work/passwd"
  printf 'root:x:0:0::/root:/bin/bash\npostgres:x:999:999::/var/lib/postgresql:/bin/bash\n' >>"$work/passwd"
}

time_zone() {
  local link
  link=$(readlink /etc/localtime) || link=zoneinfo/UTC
  printf '%s' "${link##*zoneinfo/}"
}

# shellcheck shell=bash disable=SC2154,SC2034
# Read by scripts/runner/docker.sh: which of this machine's folders the container sees. All keep their path.

paths=() reals=() modes=() variables=()

begin_mounts() {
  local cache=${XDG_CACHE_HOME:-$HOME/.cache}/timescaledb-toolkit
  paths=() reals=() modes=() variables=()
  mount_path read "$root"
  mount_path write "$work"
  [[ $folder == / ]] || mount_path read "$folder"
  [[ ! -d $home ]] || mount_path read "$home"
  # What images have told of themselves, and what tsx has made of the scripts. Without it everything works, slower.
  if [[ $cache == /* ]] && (umask 077 && mkdir -p -- "$cache/tsx") 2>/dev/null; then
    mount_path write "$cache"
    ln -sfn "$cache/tsx" "$work/tsx-${uid_inside}"
  fi
}

# What scripts/runner/needs.ts has written down: NUL-terminated pairs of key and value.
mount_needs() {
  local line value
  while IFS= read -r -d '' line; do
    value=${line#*=}
    case "${line%%=*}" in
      write) mount_path write "$(existing "$value")" ;;
      read) [[ ! -e $value ]] || mount_path read "$value" ;;
      variable) variables+=("$value") ;;
      engine) use_engine ;;
      server) know_server "$value" ;;
    esac
  done <"$1"
}

# The container or compose service that CONTAINER names. Of our own a backup's metadata has the image: port, id, name and
# digest. One that somebody else has made is reached by the engine only, and its data may lie in any folder.
know_server() {
  local name=$1 label=com.timescaledb-toolkit found folders source
  if ! "$engine" container inspect --format '{{.Id}}' "$name" >/dev/null 2>&1; then
    name=$("$engine" ps --all --filter "label=com.docker.compose.service=$name" --format '{{.Names}}' | head -n 1)
    [[ -n $name ]] || return 0
  fi
  found=$("$engine" container inspect --format "{{index .Config.Labels \"$label.port\"}} {{.Image}} {{.Config.Image}}" "$name" 2>/dev/null) || found=''
  if [[ $found == [0-9]* ]]; then
    found+=" $("$engine" image inspect --format '{{range .RepoDigests}}{{.}} {{end}}' "${found##* }" 2>/dev/null)" || true
    variables+=("TOOLKIT_SERVER_IMAGE=$found")
    return
  fi
  use_engine
  folders=$("$engine" container inspect --format '{{range .Mounts}}{{if and .RW (eq .Type "bind")}}{{println .Source}}{{end}}{{end}}' "$name")
  while IFS= read -r source; do
    case "${source%/*}" in '' | /etc | /usr | /bin | /sbin | /lib* | /dev | /proc | /sys | /run | /var/run) continue ;; esac
    mount_path write "$(existing "${source%/*}")"
  done <<<"$folders"
}

use_engine() {
  [[ -n $socket ]] || open_socket
  mount_path write "$socket"
  # Said aloud, for the image has PostgreSQL's programs as well.
  variables+=("DOCKER_HOST=unix://$socket" RUNTIME=docker)
}

# The nearest folder that is there: the command makes the rest, as it would here. Those that the image has itself would
# hide its programs, so the one below them is made.
existing() {
  local path=$1 below=$1
  while [[ ! -e $path ]]; do
    below=$path
    path=$(dirname -- "$path")
  done
  case "$path" in
    / | /usr | /bin | /sbin | /lib | /lib64 | /etc)
      path=$below
      [[ -e $path ]] || mkdir -m 700 -- "$path" || exit 5
      ;;
  esac
  printf '%s' "$path"
}

# mount_path read|write <path>: unless it can be seen in a mount that is there already, and there is no link on the way.
mount_path() {
  local mode=$1 path=$2 real i
  real=$(real_path "$path")
  for ((i = 0; i < ${#paths[@]}; i++)); do
    if [[ $path == "${paths[i]}" ]]; then
      [[ $mode == read ]] || modes[i]='write'
      return
    fi
    [[ $mode == read || ${modes[i]} == write ]] || continue
    if [[ $path == "${paths[i]}"/* && $real == "${reals[i]}/${path#"${paths[i]}"/}" ]]; then return; fi
  done
  paths+=("$path") reals+=("$real") modes+=("$mode")
}

real_path() {
  if [[ -d $1 ]]; then (cd -P -- "$1" && pwd -P); else printf '%s/%s' "$(cd -P -- "$(dirname -- "$1")" && pwd -P)" "$(basename -- "$1")"; fi
}

# Sets $mounts, the arguments of `run`. This machine's node_modules may be for another system: the image has its own.
mount_arguments() {
  local i option
  mounts=()
  for ((i = 0; i < ${#paths[@]}; i++)); do
    option=,readonly
    [[ ${modes[i]} == read ]] || option=''
    mounts+=(--mount "type=bind,$(csv_field "source=${paths[i]}"),$(csv_field "target=${paths[i]}")$option")
  done
  mounts+=(--mount "type=bind,source=$work/passwd,target=/etc/passwd,readonly")
  if [[ -d $root/node_modules ]]; then mounts+=(--mount "type=tmpfs,$(csv_field "target=$root/node_modules")"); fi
}

# --mount is read as a line of CSV.
csv_field() {
  local quote='"'
  case "$1" in
    *[,\"$'\n']*) printf '"%s"' "${1//$quote/$quote$quote}" ;;
    *) printf '%s' "$1" ;;
  esac
}

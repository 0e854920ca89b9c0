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
      engine)
        open_socket
        mount_path write "$socket"
        variables+=("DOCKER_HOST=unix://$socket")
        ;;
      server) variables+=("TOOLKIT_SERVER_IMAGE=$(server_image "$value")") ;;
    esac
  done <"$1"
}

# For a backup's metadata: port, id, name and digest of our own server's image, where that container runs.
server_image() {
  local label=com.timescaledb-toolkit found
  found=$("$engine" container inspect --format \
    "{{if .State.Running}}{{index .Config.Labels \"$label.port\"}} {{.Image}} {{.Config.Image}}{{end}}" "$1" 2>/dev/null) || return 0
  [[ -n $found ]] || return 0
  printf '%s %s' "$found" "$("$engine" image inspect --format '{{range .RepoDigests}}{{.}} {{end}}' "${found##* }" 2>/dev/null)"
}

# The nearest folder that is there: the command makes the rest, as it would here.
existing() {
  local path=$1
  while [[ ! -e $path ]]; do path=$(dirname -- "$path"); done
  if [[ $path == / ]]; then
    path=${1#/}
    path=/${path%%/*}
    [[ -e $path ]] || mkdir -m 700 -- "$path" || exit 5
  fi
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

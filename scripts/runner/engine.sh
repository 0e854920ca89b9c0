# shellcheck shell=bash disable=SC2154,SC2034
# Read by scripts/runner/docker.sh: what kind of engine is this, and who are we in its containers?

engine=${DOCKER:-docker} identity=() security=() podman=no socket='' service=''

know_engine() {
  local facts why group
  command -v "$engine" >/dev/null || error "There is no program \"$engine\" on this machine." 5 "$(how_to_install docker)"
  # docker has the first, podman the second.
  if facts=$("$engine" info --format '{{.SecurityOptions}}' 2>/dev/null); then
    podman=no
  elif facts=$("$engine" info --format 'name=rootless:{{.Host.Security.Rootless}} name=selinux:{{.Host.Security.SELinuxEnabled}}' 2>/dev/null); then
    podman=yes
  else
    why=$("$engine" info 2>&1 >/dev/null | tail -n 1) || true
    case "$why" in
      *'permission denied'*) error "You may not use $engine." 5 "Add yourself to its group and log in again: sudo usermod -aG docker \"\$USER\"" ;;
      *) error "$engine is installed, but its engine does not answer." 5 'Start it: open Docker Desktop, or sudo systemctl start docker' "$why" ;;
    esac
  fi
  case "$facts" in
    # In a user namespace of the caller's own, root is the caller.
    *name=rootless:true* | *name=rootless[!:]*) identity=(--user 0:0) ;;
    *)
      identity=(--user "$(id -u):$(id -g)")
      for group in $(id -G); do identity+=(--group-add "$group"); done
      ;;
  esac
  # Their files keep the labels that they have; scripts/runtime/docker/engine.ts does the same.
  case "$facts" in
    *name=selinux:true* | *name=selinux[!:]*) security=(--security-opt label=disable) ;;
  esac
  # It would lay writable memory over /tmp and others.
  [[ $podman == no ]] || security+=(--read-only-tmpfs=false)
}

# Sets $socket, for the commands that start containers. podman needs nobody to serve one: it does while we run.
open_socket() {
  local host=${DOCKER_HOST:-}
  if [[ $podman == yes ]]; then
    socket="$work/podman.sock"
    # In a process group of its own: Ctrl-C is for the command, which still needs it then.
    set -m
    "$engine" system service --time 0 "unix://$socket" >"$work/podman.log" 2>&1 &
    service=$!
    set +m
    until [[ -S $socket ]]; do
      kill -0 "$service" 2>/dev/null || error "$engine system service did not start." 5 "$(tail -n 1 "$work/podman.log")"
      sleep 0.1
    done
    return
  fi
  [[ -n $host ]] || host=$("$engine" context inspect --format '{{.Endpoints.docker.Host}}' 2>/dev/null) || host=''
  case "$host" in
    '') socket=/var/run/docker.sock ;;
    unix://*) socket=${host#unix://} ;;
    *) error "The engine is at $host: its containers do not see the files of this machine." 5 'Use an engine of this machine, or install Node.js.' ;;
  esac
  [[ $(id -u) == 0 ]] || identity+=(--group-add "$(group_of "$socket")")
}

group_of() { stat -L -c %g -- "$1" 2>/dev/null || stat -L -f %g -- "$1"; }

close_socket() {
  [[ -z $service ]] || kill "$service" 2>/dev/null || true
  service=''
}

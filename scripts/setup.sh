#!/usr/bin/env bash
# Says what is missing on this machine and what to install on this system, and offers to. Nothing is installed without
# a yes, from the terminal or by echo y | make setup. bash alone, for Node.js may be what is missing.
#   scripts/setup.sh                                   looks, says, asks
#   scripts/setup.sh --say node|docker|postgresql      prints what to type, and does nothing
set -euo pipefail

root=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)

# Sets $system, $release and $name. OS_RELEASE: for the tests.
know_system() {
  local ID='' ID_LIKE='' VERSION_ID='' PRETTY_NAME=''
  system=other release=0 name=$(uname -s)
  if [[ $name == Darwin ]]; then
    system=macos name=macOS
    return
  fi
  if [[ -r ${OS_RELEASE:=/etc/os-release} ]]; then
    # shellcheck source=/dev/null
    . "$OS_RELEASE"
  fi
  name=${PRETTY_NAME:-$name} release=${VERSION_ID//[!0-9]/}
  case " $ID $ID_LIKE " in
    *' ubuntu '*) system=ubuntu ;;
    *' debian '*) system=debian ;;
    *' rhel '* | *' centos '*) system=rhel ;;
    *' fedora '*) system=fedora ;;
    *' arch '*) system=arch ;;
    *' alpine '*) system=alpine ;;
    *suse*) system=suse ;;
  esac
  # Fedora's own ID_LIKE is empty, and RHEL's relatives name both.
  [[ $ID != fedora ]] || system=fedora
  release=${release:-999}
}

# What installs packages here, without asking once more.
installer() {
  case "$system" in
    debian | ubuntu) echo "${sudo}apt-get update && ${sudo}apt-get install -y" ;;
    fedora | rhel) echo "${sudo}dnf install -y" ;;
    arch) echo "${sudo}pacman -S --needed --noconfirm" ;;
    alpine) echo "${sudo}apk add" ;;
    suse) echo "${sudo}zypper --non-interactive install" ;;
    macos) echo 'brew install' ;;
  esac
}

# The packages of node, docker or postgresql. Nothing: the system's own do not do.
packages() {
  case "$1:$system" in
    # 20.19 came with Debian 13 and Ubuntu 25.10.
    node:debian) ((release < 13)) || echo --no-install-recommends nodejs npm ;;
    node:ubuntu) ((release < 2510)) || echo --no-install-recommends nodejs npm ;;
    node:rhel) ((release < 100 && release != 10)) || echo nodejs npm ;;
    node:fedora | node:arch | node:alpine) echo nodejs npm ;;
    node:suse) echo nodejs22 npm22 ;;
    node:macos) echo node ;;
    docker:debian | docker:ubuntu) echo docker.io ;;
    docker:fedora) echo moby-engine ;;
    docker:rhel) echo podman ;;
    docker:arch | docker:alpine | docker:suse) echo docker ;;
    docker:macos) echo --cask docker-desktop ;;
    postgresql:debian) if ((release < 13)); then echo postgresql; else echo postgresql postgresql-17-timescaledb; fi ;;
    postgresql:ubuntu) echo postgresql ;;
    postgresql:fedora | postgresql:rhel) echo postgresql-server postgresql-contrib ;;
    postgresql:arch) echo postgresql timescaledb ;;
    postgresql:alpine) echo postgresql17 ;;
    postgresql:suse) echo postgresql17-server postgresql17-contrib ;;
    postgresql:macos) echo postgresql@17 ;;
  esac
}

# What has to be done once the packages are there.
afterwards() {
  local join='' service='systemctl enable --now docker'
  case "$1:$system" in
    docker:macos) echo 'Then open Docker Desktop.' ;;
    docker:rhel) echo 'Then say which engine it is: export DOCKER=podman' ;;
    docker:*)
      if [[ $system == alpine ]]; then
        service="rc-update add docker; ${sudo}service docker start"
      elif grep -qis microsoft /proc/version; then
        service='service docker start'
        echo 'Or install Docker Desktop on Windows, and switch this system on under Settings, Resources, WSL integration.'
      fi
      [[ -z $sudo ]] || join="; sudo $(if [[ $system == alpine ]]; then echo addgroup "$(id -un)" docker; else echo usermod -aG docker "$(id -un)"; fi); and log in again"
      echo "Then: $sudo$service$join"
      ;;
  esac
}

# say <node|docker|postgresql>: what to type here
say() {
  local found
  found=$(packages "$1")
  if [[ -n $found ]]; then
    echo "$(installer) $found"
    afterwards "$1"
    return
  fi
  case "$1" in
    node)
      echo "$name has no Node.js 20.19 of its own: https://nodejs.org/en/download"
      ;;
    docker) echo 'https://docs.docker.com/get-docker/' ;;
    postgresql) echo 'https://www.postgresql.org/download/' ;;
  esac
}

word() { case "$1" in node) echo Node.js ;; docker) echo Docker ;; postgresql) echo PostgreSQL ;; esac }

has() {
  case "$1" in
    node) node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ;;
    docker) command -v "${DOCKER:-docker}" ;;
    postgresql) compgen -G "/usr/lib/postgresql/*/bin/postgres" || compgen -G "/opt/homebrew/opt/postgresql@*/bin/postgres" ||
      compgen -G "/usr/local/opt/postgresql@*/bin/postgres" || [[ -x ${PG_BIN:-}/postgres ]] || command -v postgres ;;
  esac >/dev/null 2>&1
}

# offer <node|docker|postgresql>: installs after a yes; fails where it is still not there
offer() {
  local answer='' found
  printf '%s is not on this machine%s. To install it:\n' "$(word "$1")" "${2:-}"
  say "$1" | sed 's/^/  /'
  found=$(packages "$1")
  [[ -n $found ]] || return 1
  printf 'Do that now? [y/N] '
  read -r answer || true
  [[ -t 0 ]] || echo
  case "$answer" in [yY] | [yY][eE][sS]) ;; *) return 1 ;; esac
  # Made of nothing but the words above.
  DEBIAN_FRONTEND=noninteractive "$BASH" -c "$(installer) $found" </dev/null && has "$1"
}

know_system
sudo=''
[[ $(id -u) == 0 ]] || sudo='sudo '
case "${1:-}" in
  '') ;;
  --say)
    say "${2:?node, docker or postgresql}"
    exit
    ;;
  *)
    echo 'Usage: setup.sh [--say node|docker|postgresql]' >&2
    exit 4
    ;;
esac

missing=no
if ! has docker && ! has postgresql; then
  offer docker ', nor PostgreSQL; one of them is needed' || offer postgresql || missing=yes
fi
if ! has node; then
  if has docker; then
    offer node ' (that is no obstacle: the scripts run in a container, RUNNER=docker)' || true
  else
    offer node || missing=yes
  fi
fi
if [[ $missing == yes ]]; then
  echo 'error: Something that is needed is missing; what to install stands above.' >&2
  exit 5
fi
exec "$root/scripts/run.sh" doctor.ts

#!/usr/bin/env bash
# Runs one of the scripts, by this machine's Node.js or in the tools image where there is none:
#   scripts/run.sh save.ts --label "before the upgrade"
# make calls it; cron and monitoring may too, for its exit code is the script's own. RUNNER chooses: auto, host, docker.
# Everything here is understood by bash 3.2, which macOS has.
set -euo pipefail

root=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
home=${TOOLKIT_HOME:-"$root/db"}
[[ $home == /* ]] || home="$PWD/$home"
if [[ -d $home ]]; then home=$(cd "$home" && pwd); fi

# error <what> <exit code> [hint …], in the form that the scripts have
error() {
  local what=$1 code=$2 word=HINT: line
  shift 2
  printf 'error: %s\n' "$what" >&2
  (($# == 0)) || while IFS= read -r line; do
    printf '%-6s %s\n' "$word" "$line" >&2
    word=''
  done < <(printf '%s\n' "$@")
  exit "$code"
}

# What to install here, for a hint: --say prints it and does nothing.
how_to_install() { "$BASH" "$root/scripts/setup.sh" --say "$@"; }

# RUNNER has to be known before there is a Node.js that could read db/.env; it is one plain word.
runner_of_dotenv() {
  [[ -r $home/.env ]] || return 0
  sed -n 's/^[[:space:]]*\(export[[:space:]]\{1,\}\)\{0,1\}RUNNER[[:space:]]*=[[:space:]]*["'\''`]\{0,1\}\([a-zA-Z0-9_-]*\).*/\2/p' \
    "$home/.env" | tail -n 1
}

# 20.19 or newer, and the packages or what installs them.
node_fits() {
  local version major minor
  version=$(node --version 2>/dev/null) || return 1
  IFS=. read -r major minor _ <<<"${version#v}"
  ((major > 20 || (major == 20 && minor >= 19))) || return 1
  [[ -e $root/node_modules/.package-lock.json ]] || command -v npm >/dev/null
}

# npm ci in a folder where there is no node_modules yet, or package-lock.json has changed since.
install_packages() {
  local installed="$1/node_modules/.package-lock.json"
  if [[ ! -e $installed || $1/package-lock.json -nt $installed ]]; then
    (cd "$1" && npm ci --no-audit --no-fund --loglevel=error && touch "$installed") ||
      error "The packages of $1 could not be installed." 5 'npm said why, above. Check the network, then try again.'
  fi
}

on_host() {
  if ! node_fits; then
    [[ -n $without ]] || error "There is no Node.js 20.19 or newer on this machine, and this command cannot do without." 5 "$(how_to_install node)"
    error 'There is no Node.js 20.19 or newer on this machine.' 5 "$(how_to_install node)" \
      'Docker does as well: then the scripts run in a container (RUNNER=docker).' "$(how_to_install docker)" \
      'make setup does it after asking.'
  fi
  install_packages "$root"
  case "$1" in check.ts | test/*.ts | bench/*.ts) install_packages "$root/example-app" ;; esac
  # A URL, so that it is found from every folder and whatever the project's own folder is called.
  local url=${root//'%'/%25}
  url=${url//'#'/%23}
  url=${url//'?'/%3F}
  # Without the half of tsx that is about CommonJS: a tenth of a second less, each time.
  exec node --import "file://$url/node_modules/tsx/dist/esm/index.mjs" "$root/scripts/$1" "${@:2}"
}

has_engine() { command -v "${DOCKER:-docker}" >/dev/null; }

(($# > 0)) || error 'Which script?' 4 'For example: scripts/run.sh save.ts --help'
without=container before='' runner=${RUNNER:-$(runner_of_dotenv)}
for word in "$@"; do
  if [[ $before == --runner ]]; then runner=$word; elif [[ $word == --runner=* ]]; then runner=${word#*=}; fi
  before=$word
done
case "$1" in
  # They need what the tools image does not have: compilers, linters, the test runner; or the services of this machine.
  check.ts | test/run.ts | test/soak.ts | test/image.ts | bench/bench.ts | settings/generate.ts | restore_locally.ts)
    without=''
    runner=host
    ;;
esac
case "${runner:-auto}" in
  host) on_host "$@" ;;
  docker) ;;
  auto) if node_fits || ! has_engine; then on_host "$@"; fi ;;
  *) error "RUNNER \"$runner\" must be one of auto, host, docker." 4 ;;
esac
# shellcheck source=scripts/runner/docker.sh
. "$root/scripts/runner/docker.sh"
in_docker "$@"

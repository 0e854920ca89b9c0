#!/usr/bin/env bash
# Saves once, and tells somebody when that fails. For cron, and for whoever has no OnFailure=.
# docs/SCHEDULING.md explains it. Arguments go to the save: save-and-tell.sh --label nightly
#   TELL      a command that gets the message on its standard input: mail -s "backup failed" you@example.com
#   PING_URL  an address that is called after each success, so that somebody notices when the calls stop
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 5
output=$(node --import tsx scripts/save.ts --quiet --no-progress "$@" 2>&1)
code=$?
case $code in
  0) [[ -z ${PING_URL:-} ]] || curl -fsS -m 10 --retry 3 -o /dev/null "$PING_URL" ;;
  6) echo "Another run is at work; this one was left out." ;;
  *) printf 'The backup on %s failed with exit code %s.\n%s\n' "$(hostname)" "$code" "$output" | bash -c "${TELL:-cat >&2}" ;;
esac
((code == 6)) || exit "$code"

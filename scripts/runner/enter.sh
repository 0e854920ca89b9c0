#!/usr/bin/env bash
# What scripts/run.sh starts in the tools image: takes over the caller's environment and umask, then runs the script.
# enter.sh <work folder> <umask> <script> [argument …]
set -euo pipefail

# A locale that the image does not have is no reason to complain; Node.js brings its own.
while IFS= read -r -d '' variable; do export "${variable?}"; done <"$1/environment" 2>/dev/null
rm -f -- "$1/environment"
umask "$2"
exec node --import tsx/esm "${@:3}"

#!/usr/bin/env bash
# Makes the image debian:<suite>-slim out of Debian's package archive, for machines that cannot
# reach Docker Hub. Does nothing when the image is already there.
set -euo pipefail

readonly USAGE='Usage: base-image.sh [SUITE] [--force]
  SUITE    trixie (default), bookworm, forky, sid, …
  --force  make it anew although the image is there
Environment: DOCKER=docker|podman, MIRROR=http://deb.debian.org/debian, TMPDIR=/var/tmp (1 GB free)
Exit: 0 there, 4 wrong usage, 5 something is missing (it says what to type), 8 it failed'

missing() {
  printf 'base-image.sh: %s\n' "$@" >&2
  exit 5
}

suite='' force=no
for arg in "$@"; do
  case "$arg" in
    -h | --help) echo "$USAGE" && exit ;;
    --force) force=yes ;;
    *)
      [[ -z $suite && $arg =~ ^[a-z]+$ ]] || { echo "$USAGE" >&2 && exit 4; }
      suite=$arg
      ;;
  esac
done
suite=${suite:-trixie}
docker=${DOCKER:-docker} mirror=${MIRROR:-http://deb.debian.org/debian} image="debian:$suite-slim"

command -v "$docker" >/dev/null || missing "no program named '$docker'. Install it: sudo apt-get install ${docker/%docker/docker.io}"
"$docker" info >/dev/null 2>&1 || missing "$docker does not answer. Try: sudo systemctl start docker; or run this as root: sudo ${BASH_SOURCE[0]} $suite"
if [[ $force == no ]] && "$docker" image inspect "$image" >/dev/null 2>&1; then
  echo "$image is already there."
  exit 0
fi
((EUID == 0)) || missing "debootstrap needs root. Type: sudo DOCKER=$docker ${BASH_SOURCE[0]} $suite"
command -v debootstrap >/dev/null || missing 'debootstrap is not installed. Type: sudo apt-get install debootstrap'

scripts=/usr/share/debootstrap/scripts
script="$scripts/$suite"
[[ -e $script ]] || script="$scripts/sid" # a suite newer than the host's debootstrap

work=$(mktemp -d -p "${TMPDIR:-/var/tmp}")
root="$work/root"
child=''
clean_up() {
  if [[ -n $child ]]; then
    while kill -KILL -- "-$child"; do sleep 0.1; done
    umount "$root/proc" "$root/sys" || true
  fi 2>/dev/null
  rm -rf --one-file-system -- "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

echo "Making $image from $mirror (a minute or two)"
set -m # a process group of its own, so that nothing of it outlives an interruption
debootstrap --variant=minbase "$suite" "$root" "$mirror" "$script" >"$work/log" 2>&1 </dev/null &
child=$!
set +m
wait "$child" || {
  tail -n 20 "$work/log" >&2
  exit 8
}
child=''

if [[ $suite != sid ]]; then
  printf 'deb %s %s main\n' "$mirror" "$suite" "$mirror" "$suite-updates" "${mirror%/*}/debian-security" "$suite-security" \
    >"$root/etc/apt/sources.list"
fi
# what makes it "slim", for these packages and for those installed later
slim=(doc groff info lintian locale man)
printf 'path-exclude /usr/share/%s/*\n' "${slim[@]}" >"$root/etc/dpkg/dpkg.cfg.d/docker"
printf 'path-include /usr/share/doc/*/copyright\n' >>"$root/etc/dpkg/dpkg.cfg.d/docker"
for folder in "${slim[@]}"; do
  [[ ! -d $root/usr/share/$folder ]] || find "$root/usr/share/$folder" -mindepth 1 ! -type d ! -name copyright -delete
done
find "$root"/var/lib/apt/lists "$root"/var/cache/apt "$root"/var/log "$root"/tmp ! -type d -delete
rm -f "$root"/etc/{hostname,resolv.conf,machine-id}

tar -C "$root" --numeric-owner -c . |
  "$docker" import -c 'CMD ["bash"]' -c 'LABEL com.timescaledb-toolkit.image=base' - "$image" >/dev/null
echo "$image is ready."

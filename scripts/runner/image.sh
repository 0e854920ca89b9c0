# shellcheck shell=bash disable=SC2154,SC2034
# Read by scripts/runner/docker.sh: the tools image, built from Debian's packages when there is none yet.

# Another package-lock.json or another Dockerfile is another image.
provide_image() {
  local docker="$root/db/docker"
  image="timescaledb-toolkit/tools:$(cat "$root/package-lock.json" "$docker/Dockerfile" | digest)"
  if "$engine" image inspect --format '{{.Id}}' "$image" >/dev/null 2>&1; then return; fi
  printf 'Building %s with Node.js, the programs of PostgreSQL and what the scripts need, from Debian packages.\nThis takes a few minutes, once.\n' \
    "$image" >&2
  if build_image; then return; fi
  unless_stopped
  # The usual reason is that its base image cannot be fetched. The script makes that, or says what it needs.
  if ! "$engine" image inspect debian:trixie-slim >/dev/null 2>&1; then
    printf 'Making its base image, debian:trixie-slim, from the package archive of Debian …\n' >&2
    if DOCKER=$engine "$docker/base-image.sh" trixie >&2 && build_image; then return; fi
    unless_stopped
  fi
  tail -n 5 "$work/build.log" >&2
  error 'The tools image could not be built; its last words are above.' 5 'Check the network, then try again. Or install Node.js:' "$(how_to_install node)"
}

build_image() {
  local context="$work/context" name proxies=()
  rm -rf -- "$context" && mkdir -- "$context"
  cp -R "$root/db/docker/." "$root/package.json" "$root/package-lock.json" "$context/"
  authorities >"$context/authorities.pem"
  for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY; do
    [[ -z ${!name:-} ]] || proxies+=(--build-arg "$name")
  done
  "$engine" build --network host --target tools --tag "$image" ${proxies[@]+"${proxies[@]}"} "$context" >"$work/build.log" 2>&1
}

# The certificate authorities that this machine trusts, a company's own among them.
authorities() {
  local file
  for file in "${NODE_EXTRA_CA_CERTS:-}" "${SSL_CERT_FILE:-}" /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem; do
    if [[ -r $file ]]; then
      cat -- "$file"
      return
    fi
  done
}

digest() { { sha256sum 2>/dev/null || shasum -a 256; } | cut -c 1-12; }

#!/usr/bin/env bash
# demo.sh [FOLDER]: builds examples/hello for x86_64 and aarch64, joins both in one archive, and runs both.
#
# Needs Linux, root or sudo, and Node.js 20.17. Everything else that is missing is installed by `setup`.
# The archive is written to FOLDER. Default: result-demo in this project. The demo can be run again at any time.
set -euo pipefail

repo=$(cd "$(dirname "$0")/.." && pwd)
out=${1:-$repo/result-demo}
archive=$out/hello.oci.tar

main() {
  mkdir -p "$out"
  out=$(cd "$out" && pwd)
  archive=$out/hello.oci.tar
  work=$(mktemp -d)
  trap clean_up EXIT
  check_node
  set_up
  step 'Building hello for both systems, and joining them in one archive'
  publish
  run_platform linux/amd64
  run_platform linux/arm64
  step 'Content of the archive'
  nix_multiarch inspect "$archive"
  summary
}

# Stops the daemon that `setup` started.
clean_up() {
  nix_multiarch stop
  as_root rm -rf "$work"
}

nix_multiarch() { node "$repo/dist/cli/index.js" "$@"; }

publish() {
  nix_multiarch publish --flake "path:$repo/examples/hello" --containers hello \
    --systems 'x86_64-linux aarch64-linux' --archive "$archive"
}

step() { printf '\n==> %s\n' "$*"; }
fail() {
  printf 'demo: %s\n' "$*" >&2
  exit 1
}
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

check_node() {
  command -v node >/dev/null || fail 'Node.js 20.17 or newer is needed: https://nodejs.org'
  local version
  version=$(node -p 'process.versions.node')
  [ "$(printf '20.17\n%s\n' "$version" | sort -V | head -n 1)" = 20.17 ] ||
    fail "Node.js 20.17 or newer is needed; this is $version"
  [ "$(id -u)" = 0 ] || command -v sudo >/dev/null || fail 'run this as root, or install sudo'
}

# Installs Nix with a daemon, and QEMU, if they are missing. This flake needs no binary cache.
set_up() {
  step 'Preparing this machine'
  local settings
  settings=$(nix_multiarch setup --systems 'x86_64-linux aarch64-linux' --nix-conf 'substituters =')
  eval "$settings"
  step "Using $(nix --version)"
}

# Unpacks the layers of the image in order and starts its entry point in them, as a container engine does.
run_platform() {
  step "Running it as $1"
  local layout=$work/layout root=$work/root command=() layer
  as_root rm -rf "$layout" "$root"
  mkdir -p "$layout" "$root"
  tar -xf "$archive" -C "$layout"
  read_image "$layout" "$1" >"$work/image"
  while read -r layer; do
    as_root tar -xf "$layout/blobs/sha256/$layer" -C "$root"
  done < <(sed -n 's/^layer //p' "$work/image")
  mapfile -t command < <(sed -n 's/^command //p' "$work/image")
  as_root "$(PATH=$PATH:/usr/sbin command -v chroot)" "$root" "${command[@]}"
}

# Reads index.json, then the index, the manifest of the platform, and the config.
read_image() {
  # shellcheck disable=SC2016
  node -e '
    const { readFileSync } = require("node:fs")
    const [layout, wanted] = process.argv.slice(1)
    const json = file => JSON.parse(readFileSync(`${layout}/${file}`, "utf8"))
    const hex = descriptor => descriptor.digest.replace("sha256:", "")
    const blob = descriptor => json(`blobs/sha256/${hex(descriptor)}`)
    const index = blob(json("index.json").manifests[0])
    const manifest = blob(index.manifests.find(m => `${m.platform.os}/${m.platform.architecture}` === wanted))
    const { Entrypoint, Cmd } = blob(manifest.config).config
    for (const layer of manifest.layers) console.log("layer", hex(layer))
    for (const word of [...(Entrypoint ?? []), ...(Cmd ?? [])]) console.log("command", word)
  ' "$1" "$2"
}

summary() {
  step 'Done'
  printf '%s\n' \
    "One image for linux/amd64 and linux/arm64, $(wc -c <"$archive") bytes: $archive" \
    "Load it:  podman load -i $archive" \
    "Push it:  skopeo copy --all oci-archive:$archive docker://ghcr.io/you/hello:1.0.0" \
    'Build and push in one go:  nix-multiarch publish --image ghcr.io/you/{name}'
}

main "$@"

#!/usr/bin/env bash
# demo.sh [FOLDER]: builds examples/hello for x86_64 and aarch64, joins both in one archive, and runs both.
#
# On Debian or Ubuntu, as root or with sudo. Only Node.js 20 must be there: what else is missing comes by apt.
# The archive goes to FOLDER, else to result-demo beside this project. It can be run again at any time.
set -euo pipefail

repo=$(cd "$(dirname "$0")/.." && pwd)
out=${1:-$repo/result-demo}
archive=$out/hello.oci.tar

main() {
  mkdir -p "$out"
  out=$(cd "$out" && pwd)
  archive=$out/hello.oci.tar
  work=$(mktemp -d)
  trap 'as_root rm -rf "$work"' EXIT
  check_node
  provide_nix
  provide_qemu
  settle_nix
  step 'Building hello for both systems, and joining them in one archive'
  publish
  run_platform linux/amd64
  run_platform linux/arm64
  step 'What the archive holds'
  nix_multiarch inspect "$archive"
  summary
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
  command -v node >/dev/null || fail 'Node.js 20 or newer is needed: https://nodejs.org'
  local version
  version=$(node -p 'process.versions.node')
  [ "${version%%.*}" -ge 20 ] || fail "Node.js 20 or newer is needed; this is $version"
  [ "$(id -u)" = 0 ] || command -v sudo >/dev/null || fail 'run this as root, or install sudo'
}

install_first() {
  update_packages
  local package
  for package; do
    if apt-cache show "$package" >/dev/null 2>&1; then install_package "$package" && return; fi
  done
  fail "apt knows none of $*"
}

install_package() {
  update_packages
  step "Installing $1"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$1" \
    >>"$out/apt.log" 2>&1 || fail "$1 could not be installed: see $out/apt.log"
  hash -r
}

# Once a run. What apt says is kept for the day that it fails.
update_packages() {
  [ -z "${updated:-}" ] || return 0
  command -v apt-get >/dev/null || fail 'this is not Debian or Ubuntu: install Nix and a static QEMU yourself'
  as_root apt-get update >"$out/apt.log" 2>&1 || fail "apt-get update failed: see $out/apt.log"
  updated=yes
}

provide_nix() {
  if ! nix_is_new_enough; then install_package nix-bin; fi
  nix_is_new_enough || fail 'Nix 2.8 or newer is needed: https://nixos.org/download'
  step "Using $(nix --version)"
}

nix_is_new_enough() {
  local version
  version=$(nix --version 2>/dev/null | sed -n 's/.* \([0-9][0-9.]*\).*/\1/p')
  [ -n "$version" ] && printf '2.8\n%s\n' "$version" | sort --check --version-sort 2>/dev/null
}

provide_qemu() {
  local foreign
  case $(uname -m) in
    x86_64) foreign=aarch64 ;;
    aarch64) foreign=x86_64 ;;
    *) fail "this demo knows x86_64 and aarch64, not $(uname -m)" ;;
  esac
  # The static one is in qemu-user-static, in newer releases in qemu-user.
  find_qemu "$foreign" >/dev/null || install_first qemu-user-static qemu-user
  find_qemu "$foreign" >/dev/null || install_package qemu-user
  step "Using $(find_qemu "$foreign") for $foreign"
}

find_qemu() {
  local program
  for program in "qemu-$1-static" "qemu-$1"; do
    program=$(command -v "$program") && is_static "$program" && printf '%s\n' "$program" && return
  done
  return 1
}

is_static() { ! ldd "$1" 2>/dev/null | grep -q '=>'; }

# Debian's Nix has neither build users nor a store yet: then whoever runs this owns the store.
settle_nix() {
  export NIX_CONFIG=${NIX_CONFIG:-}$'\nsubstituters ='
  if [ -S /nix/var/nix/daemon-socket/socket ]; then return; fi
  if ! unshare --user --map-root-user --mount true 2>/dev/null; then
    step 'No user namespaces here: Nix builds without a sandbox'
    NIX_CONFIG+=$'\nsandbox = false'
  fi
  if [ "$(id -u)" != 0 ] && [ ! -w /nix ]; then
    [ ! -e /nix/store ] || fail '/nix belongs to somebody else, and no daemon runs: run this as root'
    as_root install -d -o "$(id -u)" -g "$(id -g)" /nix /nix/var /nix/var/nix
  fi
  nix-store --init
}

# Unpacks the image's layers in order and starts its entry point there, as a container engine does.
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

# From index.json to the index, from there to the platform's manifest, and from there to config and layers.
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

#!/usr/bin/env bash
# stream.sh FOLDER: makes the streamed images for the benchmark, after input.sh. Does nothing if they are up to date.
#
# The layers of the image for amd64 become store paths, and each is a layer of a stream. FOLDER/stream then contains:
#   image, config      flakes with packages.x86_64-linux.stream; `config` has another variable and the next version
#   image.json, config.json   links to their descriptions in the store
set -euo pipefail
shopt -s inherit_errexit
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../e2e/lib/common.sh
. "$here/../e2e/lib/common.sh"

main() {
  need_root
  need_tools
  FOLDER=$(realpath -m "${1:?needs a folder}")
  is_ready && return
  WORK=$FOLDER/work-stream
  rm -rf "$WORK" "$FOLDER/stream"
  mkdir -p "$WORK/paths" "$FOLDER/stream"
  trap 'chmod -R u+w "$WORK" && rm -rf "$WORK"' EXIT
  say 'adding the store paths of the streamed image'
  unpack_layers
  add_paths >"$WORK/paths.json"
  write_flake image 1.0.0
  write_flake config 1.0.1
  stamp >"$FOLDER/stream/.ready"
}

stamp() { cat "$here"/{stream.sh,stream/flake.nix} "$FOLDER/.ready" | sha256sum; }
is_ready() { [ "$(cat "$FOLDER/stream/.ready" 2>/dev/null)" = "$(stamp)" ]; }

# Each layer of the archive contains one store path.
unpack_layers() {
  local archive layer root name
  archive=$FOLDER/machine$(awk -F '\t' '$1 == "image" && $2 == "x86_64-linux" && $3 == "plain" { print $4 }' "$FOLDER/images.tsv")
  mkdir "$WORK/archive"
  tar -xf "$archive" -C "$WORK/archive"
  for layer in "$WORK"/archive/*/layer.tar; do
    root=$WORK/root
    mkdir "$root"
    tar -xf "$layer" -C "$root"
    name=$(ls "$root/nix/store")
    mv "$root/nix/store/$name" "$WORK/paths/$(printf %s "${name#*-}" | tr -c 'a-zA-Z0-9+._?=-' -)"
    rm -r "$root" "$layer"
  done
}

# Prints the names and hashes as JSON.
add_paths() {
  # shellcheck disable=SC2016
  "$E2E/lib/machine.sh" "$FOLDER/machine" sh -euc 'cd "$1"
    for name in *; do
      path=$(nix-store --option build-users-group "" --add-fixed --recursive sha256 "$name")
      printf "{\"name\":\"%s\",\"sha256\":\"%s\"}\n" "$name" "$(nix-store --option build-users-group "" --query --hash "$path" | cut -d : -f 2)"
    done' sh "$WORK/paths" | paste -sd ,
}

# write_flake NAME VERSION
write_flake() {
  local flake=$FOLDER/stream/$1
  mkdir -p "$flake/bin"
  cp "$here/stream/flake.nix" "$flake/"
  cp "$E2E_DIR/static/x86_64-linux/busybox" "$flake/bin/"
  printf '{"version":"%s","paths":[%s]}\n' "$2" "$(cat "$WORK/paths.json")" >"$flake/paths.json"
  # shellcheck disable=SC2016
  "$E2E/lib/machine.sh" "$FOLDER/machine" nix --extra-experimental-features 'nix-command flakes' build \
    --option build-users-group '' --out-link "$FOLDER/stream/$1.json" "path:$flake#packages.x86_64-linux.stream.conf"
}

main "$@"

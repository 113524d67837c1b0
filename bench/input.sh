#!/usr/bin/env bash
# input.sh FOLDER: makes what is measured, once; a second call finds it done.
#
# Two images, linux/amd64 and linux/arm64, of the same 30 Debian packages, one layer for each, written as
# dockerTools.streamLayeredImage writes them. Each as a plain docker-archive and as a gzipped one. FOLDER then has
#   images.tsv         system, container (plain, gzip), store path, size in bytes; read by the measuring program
#   packages.txt       the versions that went in
#   flake              a flake with packages.<system>.<container>
#   machine            the machine (e2e/lib/machine.sh) whose Nix store holds the images
set -euo pipefail
shopt -s inherit_errexit
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../e2e/lib/common.sh
. "$here/../e2e/lib/common.sh"

SUITE=trixie
# A server's and a developer's things: programs, libraries, scripts, data; 0.2 to 60 MB each.
PACKAGES=(bash coreutils curl fd-find git libc6 libcurl4t64 libicu76 libnode115 libperl5.40
  libpython3.13-minimal libpython3.13-stdlib libruby3.3 libsqlite3-0 libssl3t64 libstdc++6 libxml2 nginx nodejs
  openssh-client openssl perl-base postgresql-17 python3.13-minimal redis-server ripgrep tmux)
# The same for every architecture.
INDEPENDENT=(perl-modules-5.40 tzdata vim-runtime)
declare -A SYSTEMS=([amd64]=x86_64-linux [arm64]=aarch64-linux)
CREATED=1980-01-01T00:00:01Z

main() {
  need_root
  need_tools
  FOLDER=$(realpath -m "${1:?needs a folder}")
  is_ready && return
  rm -rf "$FOLDER"/{.ready,work,flake,machine}
  WORK=$FOLDER/work
  mkdir -p "$WORK"
  trap 'rm -rf "$WORK"' EXIT
  for architecture in "${!SYSTEMS[@]}"; do download "$architecture"; done
  (cd "$WORK" && ls -- */*.deb) >"$FOLDER/packages.txt"
  write_all
  fill_store
  write_flake
  stamp >"$FOLDER/.ready"
}

stamp() { cat "$here"/{input.sh,flake/flake.nix} "$E2E/lib/machine.sh" | sha256sum; }
is_ready() { [ "$(cat "$FOLDER/.ready" 2>/dev/null)" = "$(stamp)" ]; }

# A package manager over an empty system of its own.
apt_in() {
  local root=$WORK/apt
  "$1" -qq -o Dir="$root" -o Dir::State::status="$root/status" -o APT::Sandbox::User=root \
    -o APT::Architecture=amd64 -o APT::Architectures::=amd64 -o APT::Architectures::=arm64 \
    -o Acquire::Languages=none -o Acquire::Retries=2 "${@:2}"
}

download() {
  local root=$WORK/apt keys=/usr/share/keyrings/debian-archive-keyring.gpg
  say "downloading $((${#PACKAGES[@]} + ${#INDEPENDENT[@]})) packages of Debian $SUITE for $1"
  if [ ! -e "$root/status" ]; then
    mkdir -p "$root"/etc/apt/{apt.conf.d,preferences.d,sources.list.d} "$root"/var/{lib,cache}/apt/{lists,archives}/partial
    printf 'deb [signed-by=%s] %s %s main\n' "$keys" "$(debian_mirror)" "$SUITE" >"$root/etc/apt/sources.list"
    : >"$root/status"
    apt_in apt-get update
  fi
  mkdir -p "$WORK/$1"
  (cd "$WORK/$1" && apt_in apt-get download "${PACKAGES[@]/%/:$1}" "${INDEPENDENT[@]}" >&2)
}

# Both at once: they take most of the time that all this takes.
write_all() {
  local pids=()
  for architecture in "${!SYSTEMS[@]}"; do
    write_image "$architecture" &
    pids+=($!)
  done
  for pid in "${pids[@]}"; do wait "$pid"; done
}

write_image() {
  local folder=$WORK/image-$1 deb diff_ids=() config
  say "writing the image for $1"
  mkdir -p "$folder"
  for deb in "$WORK/$1"/*.deb; do
    diff_ids+=("$(write_layer "$deb" "$folder" "$1")")
  done
  config=$(write_config "$1" "$folder" "${diff_ids[@]}")
  printf '[{"Config":"%s","Layers":[%s],"RepoTags":["bench:1.0.0"]}]' \
    "$config" "$(list "${diff_ids[@]/%//layer.tar}")" >"$folder/manifest.json"
  tar_of "$folder" "${diff_ids[@]/%//layer.tar}" "$config" manifest.json >"$WORK/plain-$1.tar"
  gzip -n <"$WORK/plain-$1.tar" >"$WORK/gzip-$1.tar.gz"
  rm -rf "$folder"
}

# write_layer DEB FOLDER ARCHITECTURE: FOLDER/<diff_id>/layer.tar, with the package as a store path. Prints the diff_id.
write_layer() {
  local root=$2/root hash path layer=$2/layer.tar diff_id
  # As in Nix, what is built for another system lies under another path even where its files are the same.
  hash=$(printf "%s" "$3 $(basename "$1")" | sha256sum | tr e x | cut -c -32)
  path=nix/store/$hash-$(basename "$1" .deb | sed 's/%[0-9a-f]*/-/; s/_[^_]*$//; s/_/-/')
  rm -rf "$root"
  mkdir -p "$root/$path"
  dpkg-deb --fsys-tarfile "$1" | tar -x -C "$root/$path"
  (cd "$root" && find nix -print0 | LC_ALL=C sort -z) |
    tar_of "$root" -P --transform 's,^,/,S' --null --no-recursion -T - >"$layer"
  diff_id=$(sha256sum <"$layer" | cut -c -64)
  mkdir -p "$2/$diff_id"
  mv "$layer" "$2/$diff_id/layer.tar"
  printf '%s\n' "$diff_id"
}

# tar_of FOLDER …: nothing of this machine or hour goes in.
tar_of() {
  tar -c -C "$1" --format=posix --pax-option=delete=atime,delete=ctime,delete=mtime --mtime="$CREATED" \
    --owner=0 --group=0 --numeric-owner "${@:2}"
}

# write_config ARCHITECTURE FOLDER DIFF_ID…: FOLDER/<digest>.json. Prints its name.
write_config() {
  local file=$2/config name
  printf '{"architecture":"%s","os":"linux","created":"%s","config":{"Cmd":["/bin/sh"]},"rootfs":{"type":"layers","diff_ids":[%s]}}' \
    "$1" "$CREATED" "$(list "${@:3}" | sed 's/"\([0-9a-f]\{64\}\)"/"sha256:\1"/g')" >"$file"
  name=$(sha256sum <"$file" | cut -c -64).json
  mv "$file" "$2/$name"
  printf '%s\n' "$name"
}

# The items of a JSON list.
list() { printf '"%s"\n' "$@" | paste -sd , -; }

fill_store() {
  local architecture file rows=()
  for architecture in amd64 arm64; do
    for file in "plain-$architecture.tar" "gzip-$architecture.tar.gz"; do
      rows+=("${SYSTEMS[$architecture]} ${file%%-*} $file $(sha256sum <"$WORK/$file" | cut -c -64)")
    done
  done
  printf '%s\n' "${rows[@]}" >"$WORK/rows"
  say 'adding the images to a Nix store'
  # shellcheck disable=SC2016
  "$E2E/lib/machine.sh" "$FOLDER/machine" sh -euc 'cd "$1"
    while read -r system container file _; do
      path=$(nix-store --option build-users-group "" --add-fixed sha256 "$file")
      printf "%s\t%s\t%s\t%s\n" "$system" "$container" "$path" "$(wc -c <"$path")"
    done <rows >images.tsv' sh "$WORK"
  mv "$WORK/images.tsv" "$FOLDER/images.tsv"
}

write_flake() {
  mkdir -p "$FOLDER/flake"
  cp "$here/flake/flake.nix" "$FOLDER/flake/"
  awk '{ printf "%s{\"system\":\"%s\",\"container\":\"%s\",\"file\":\"%s\",\"sha256\":\"%s\"}",
    (NR > 1 ? "," : "["), $1, $2, $3, $4 } END { print "]" }' "$WORK/rows" >"$FOLDER/flake/images.json"
}

main "$@"

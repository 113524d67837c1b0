#!/usr/bin/env bash
# input.sh FOLDER: makes the images for the benchmark. Does nothing if they are up to date.
#
# Two images, for linux/amd64 and linux/arm64, with a layer for each of 30 Debian packages, like those of
# dockerTools.streamLayeredImage; each as a plain and as a gzipped docker-archive. The same two images with one layer changed.
# Fifty small containers for both systems, which share all layers but one. FOLDER then contains:
#   images.tsv         kind (image, changed, fifty), system, container, store path, size in bytes; read by the measuring program
#   packages.txt       the names and versions of the packages
#   image              a flake with packages.<system>.plain and packages.<system>.gzip
#   rebuilt            a flake with the same images from other derivations, with the next version
#   changed            a flake whose containers have one layer changed and the next version
#   fifty              a flake with fifty containers, c01 to c50
#   fifty-archives     links to their archives in the store, named <container>-<architecture>.tar
#   machine            the machine (e2e/lib/machine.sh) whose Nix store contains the images
set -euo pipefail
shopt -s inherit_errexit
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../e2e/lib/common.sh
. "$here/../e2e/lib/common.sh"
# shellcheck source-path=SCRIPTDIR source=image.sh
. "$here/image.sh"

SUITE=trixie
# Packages for servers and developers: programs, libraries, scripts and data; 0.2 to 60 MB each.
PACKAGES=(bash coreutils curl fd-find git libc6 libcurl4t64 libicu76 libnode115 libperl5.40
  libpython3.13-minimal libpython3.13-stdlib libruby3.3 libsqlite3-0 libssl3t64 libstdc++6 libxml2 nginx nodejs
  openssh-client openssl perl-base postgresql-17 python3.13-minimal redis-server ripgrep tmux)
# Packages that are the same for all architectures.
INDEPENDENT=(perl-modules-5.40 tzdata vim-runtime)
# The package that changes. It has about the average size.
CHANGED=libc6
# The packages that the fifty containers share, and the one that each container has at another path.
SHARED=(curl libc6 libcurl4t64 libsqlite3-0 libssl3t64 libstdc++6 libxml2 nginx nodejs openssl tmux tzdata)
OWN=redis-server
declare -A SYSTEMS=([amd64]=x86_64-linux [arm64]=aarch64-linux)

main() {
  need_root
  need_tools
  FOLDER=$(realpath -m "${1:?needs a folder}")
  is_ready && return
  rm -rf "$FOLDER"/{.ready,work,image,rebuilt,changed,fifty,fifty-archives,flake,machine}
  WORK=$FOLDER/work
  mkdir -p "$WORK"
  trap 'rm -rf "$WORK"' EXIT
  for architecture in "${!SYSTEMS[@]}"; do download "$architecture"; done
  (cd "$WORK" && ls -- */*.deb) >"$FOLDER/packages.txt"
  write_all
  fill_store
  write_flake image 1.0.0 image
  write_flake rebuilt 1.0.1 image
  write_flake changed 1.0.1 changed
  write_flake fifty 1.0.0 fifty
  link_fifty
  stamp >"$FOLDER/.ready"
}

stamp() { cat "$here"/{input.sh,image.sh,flake/flake.nix} "$E2E/lib/machine.sh" | sha256sum; }
is_ready() { [ "$(cat "$FOLDER/.ready" 2>/dev/null)" = "$(stamp)" ]; }

# Runs an apt command on an empty system: the packages of this machine are not read or changed.
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

# Both architectures in parallel, because this takes most of the time.
write_all() {
  local pids=()
  for architecture in "${!SYSTEMS[@]}"; do
    write_images "$architecture" &
    pids+=($!)
  done
  for pid in "${pids[@]}"; do wait "$pid"; done
}

# Writes all images of an architecture.
write_images() {
  local folder=$WORK/image-$1 deb name layer layers=() changed=() shared=() number
  say "writing the images for $1"
  mkdir -p "$folder"
  for deb in "$WORK/$1"/*.deb; do
    name=$(basename "$deb")
    name=${name%%_*}
    layer=$(write_layer "$deb" "$folder" "$1")
    layers+=("$layer")
    if is_among "$name" "${SHARED[@]}"; then shared+=("$layer"); fi
    if [ "$name" = "$CHANGED" ]; then layer=$(write_layer "$deb" "$folder" "changed $1"); fi
    changed+=("$layer")
  done
  write_archive "$folder" "$1" "$WORK/plain-$1.tar" "${layers[@]}"
  gzip -n <"$WORK/plain-$1.tar" >"$WORK/gzip-$1.tar.gz"
  write_archive "$folder" "$1" "$WORK/changed-$1.tar" "${changed[@]}"
  for number in $(seq -w 50); do
    layer=$(write_layer "$WORK/$1/$OWN"_*.deb "$folder" "$number $1")
    write_archive "$folder" "$1" "$WORK/c$number-$1.tar" "${shared[@]}" "$layer"
  done
  rm -rf "$folder"
}

is_among() { case " ${*:2} " in *" $1 "*) ;; *) return 1 ;; esac; }

# Prints a row for each image: kind, system, container, file, hash.
list_files() {
  local architecture number
  for architecture in amd64 arm64; do
    row image plain "$architecture" "plain-$architecture.tar"
    row image gzip "$architecture" "gzip-$architecture.tar.gz"
    row changed plain "$architecture" "changed-$architecture.tar"
    for number in $(seq -w 50); do row fifty "c$number" "$architecture" "c$number-$architecture.tar"; done
  done
}

row() { printf '%s\n' "$1 ${SYSTEMS[$3]} $2 $4 $(sha256sum <"$WORK/$4" | cut -c -64)"; }

fill_store() {
  list_files >"$WORK/rows"
  say 'adding the images to a Nix store'
  # shellcheck disable=SC2016
  "$E2E/lib/machine.sh" "$FOLDER/machine" sh -euc 'cd "$1"
    while read -r kind system container file _; do
      path=$(nix-store --option build-users-group "" --add-fixed sha256 "$file")
      rm "$file"
      printf "%s\t%s\t%s\t%s\t%s\n" "$kind" "$system" "$container" "$path" "$(wc -c <"$path")"
    done <rows >images.tsv' sh "$WORK"
  mv "$WORK/images.tsv" "$FOLDER/images.tsv"
}

# write_flake NAME VERSION KIND: writes the flake FOLDER/NAME with the images of a kind.
write_flake() {
  mkdir -p "$FOLDER/$1"
  cp "$here/flake/flake.nix" "$FOLDER/$1/"
  awk -v version="$2" -v kind="$3" '$1 == kind { printf "%s{\"system\":\"%s\",\"container\":\"%s\",\"file\":\"%s\",\"sha256\":\"%s\",\"version\":\"%s\"}",
    (count++ ? "," : "["), $2, $3, $4, $5, version } END { print "]" }' "$WORK/rows" >"$FOLDER/$1/images.json"
}

link_fifty() {
  local kind path
  mkdir -p "$FOLDER/fifty-archives"
  while IFS=$'\t' read -r kind _ _ path _; do
    if [ "$kind" = fifty ]; then ln -sfn "$path" "$FOLDER/fifty-archives/${path#*-}"; fi
  done <"$FOLDER/images.tsv"
}

main "$@"

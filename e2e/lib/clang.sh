#!/usr/bin/env bash
# clang.sh: unpacks the clang and lld that the committed WebAssembly and examples/hello/bin were made with. Does nothing if they
# are there.
#
# They are packages of Debian 12. The packages with the compiler's code must have the hashes in clang.sha256. The other libraries
# get security updates, so only Debian's signature is verified. The programs are put in .e2e/clang/bin.
set -euo pipefail
shopt -s inherit_errexit
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source-path=SCRIPTDIR source=apt.sh
. "$(dirname "$0")/apt.sh"

HOST_PACKAGES=(ca-certificates debian-archive-keyring debootstrap patchelf)
SUITE=bookworm
PINNED=(clang-14 lld-14 libclang-cpp14 libllvm14)
LIBRARIES=(libc6 libstdc++6 libgcc-s1 libbsd0 libedit2 libffi8 libicu72 liblzma5 libmd0 libtinfo6 libxml2 libz3-4 zlib1g)
HASHES=$E2E/lib/clang.sha256
LIBRARY_FOLDER=usr/lib/x86_64-linux-gnu

DIR=$E2E_DIR/clang

main() {
  is_ready && return
  need_root
  mkdir -p "$E2E_DIR"
  exec 9<"$E2E_DIR"
  flock 9
  is_ready && return
  BUILD=$DIR.new
  rm -rf "$BUILD"
  mkdir -p "$BUILD/root" "$BUILD/bin"
  trap 'rm -rf "$BUILD"' EXIT

  install_host_packages
  say "unpacking clang of Debian $SUITE"
  open_suite "$SUITE"
  download_only "$SUITE" "${PINNED[@]}" "${LIBRARIES[@]}"
  check_and_unpack "$BUILD/apt/$SUITE/var/cache/apt/archives"
  close_suite "$SUITE"
  remove_rpaths
  for name in clang lld; do add_program "$name"; done
  # Debian's clang looks for names with its version.
  for name in wasm-ld wasm-ld-14 ld.lld ld.lld-14; do ln -s lld "$BUILD/bin/$name"; done
  stamp >"$BUILD/.ready"
  rm -rf "$DIR"
  mv "$BUILD" "$DIR"
}

# The programs contain the path of their folder.
stamp() { printf '%s %s\n' "$DIR" "$(cat "$HASHES" "$E2E/lib/clang.sh" | sha256sum)"; }
is_ready() { [ "$(cat "$DIR/.ready" 2>/dev/null)" = "$(stamp)" ]; }

install_host_packages() {
  local missing=()
  for package in "${HOST_PACKAGES[@]}"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} = 0 ] && return
  say "apt: ${missing[*]}"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
}

check_and_unpack() {
  local deb
  (cd "$1" && sha256sum --check --strict --quiet "$HASHES") ||
    die "Debian's packages do not have the hashes in $HASHES"
  for deb in "$1"/*.deb; do
    # Packages from before the /usr merge have their libraries in /lib.
    dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$BUILD/root" --exclude './usr/share' --transform 's,^\./lib,./usr/lib,'
  done
}

# Makes a program use the unpacked loader and libraries.
add_program() {
  cp "$BUILD/root/usr/lib/llvm-14/bin/$1" "$BUILD/bin/$1"
  patchelf --set-interpreter "$DIR/root/$LIBRARY_FOLDER/ld-linux-x86-64.so.2" \
    --force-rpath --set-rpath "$DIR/root/$LIBRARY_FOLDER" "$BUILD/bin/$1"
}

# The rpath of a library would take precedence over the rpath of the program.
remove_rpaths() {
  find "$BUILD/root/$LIBRARY_FOLDER" -type f -name '*.so*' -print0 |
    while IFS= read -r -d '' library; do
      [ -z "$(patchelf --print-rpath "$library" 2>/dev/null)" ] || patchelf --remove-rpath "$library"
    done
}

main

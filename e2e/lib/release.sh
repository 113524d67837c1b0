#!/usr/bin/env bash
# release.sh [option]… DIR: makes a tarball like a Nix release. Does nothing if it is up to date.
#
# The tarball contains the current Nix of e2e/setup.sh. These files are written to DIR:
#   nix-<version>-x86_64-linux.tar.xz          one folder: .reginfo, install, store/…
#   nix-<version>-x86_64-linux.tar.xz.sha256   only its SHA-256 in hexadecimal
#
# Nix, glibc, each other library, a static busybox and the CA certificates each have a store path. Programs use the loader and the
# libraries in the store, so that they start on a machine without Nix.
#
#   --into-nix FOLDER   add these files to the store path of Nix
#   --beside FOLDER     put these files beside .reginfo; without it, `install` only prints an error
#   --path FOLDER       add the folder as a store path that Nix refers to
#   --xz OPTIONS        options for xz; default: -1 -T0
#   --check             make nothing; exit with 0 if the tarball is up to date, else with 1
# In the files of --into-nix and --beside, @nix@ and @cacert@ are replaced by the store paths.
set -euo pipefail
shopt -s inherit_errexit
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"

ROOT=$E2E_DIR/current/root
LOADER=ld-linux-x86-64.so.2
SYSTEM=x86_64-linux

main() {
  need_root
  need_tools
  parse "$@"
  is_ready && return
  [ -z "$CHECK" ] || exit 1
  WORK=$DIR.new
  rm -rf "$WORK"
  mkdir -p "$WORK/top/store"
  trap 'rm -rf "$WORK"' EXIT

  VERSION=$("$E2E_DIR/bin/nix" --version | grep -o '[0-9][0-9.]*[0-9]$')
  add_libraries
  add_others
  add_nix
  write_registration
  add_beside
  local name=nix-$VERSION-$SYSTEM
  pack "$name" "$WORK/$name.tar.xz"
  rm -rf "$WORK/top" "$DIR"
  stamp >"$WORK/.ready"
  mv "$WORK" "$DIR"
  say "ready: $DIR/$name.tar.xz, $(stat -c %s "$DIR/$name.tar.xz" | numfmt --to=si)B"
}

parse() {
  CHECK='' INTO_NIX='' BESIDE='' XZ='-1 -T0' PATHS=()
  while [ $# -gt 0 ]; do
    case $1 in
      --check) CHECK=yes && shift ;;
      --into-nix) INTO_NIX=$2 && shift 2 ;;
      --beside) BESIDE=$2 && shift 2 ;;
      --path) PATHS+=("$2") && shift 2 ;;
      --xz) XZ=$2 && shift 2 ;;
      -*) die "unknown option $1" ;;
      *) break ;;
    esac
  done
  DIR=$(realpath -m "${1:?needs a folder}")
}

# The tarball is outdated if the tools, this script or one of the given folders have changed since.
stamp() { printf '%s %s\n' "$XZ" "$(cat "$0" "$E2E_DIR/.ready" | sha256sum)"; }
is_ready() {
  [ "$(cat "$DIR/.ready" 2>/dev/null)" = "$(stamp)" ] &&
    [ -z "$(find ${INTO_NIX:+"$INTO_NIX"} ${BESIDE:+"$BESIDE"} "${PATHS[@]}" \
      "$DIR/.ready" -maxdepth 0 -newer "$DIR/.ready")" ]
}

# new_path NAME INGREDIENT…: makes the folder for a store path, and sets $new to the store path.
new_path() {
  local hash
  # Nix's base 32 has no `e`; all other hexadecimal digits are valid in it.
  hash=$(printf '%s ' "$@" | sha256sum | tr e x | cut -c -32)
  new=/nix/store/$hash-$1
  mkdir -p "$WORK/top/store/${new##*/}"
}

at() { printf '%s\n' "$WORK/top/store/${1##*/}"; }

# One store path for glibc with its loader and libgcc_s, and one store path for each other library.
add_libraries() {
  local library target
  GLIBC='' SEARCH=()
  new_path "glibc-$("$ROOT/usr/lib64/$LOADER" --version | sed -n '1s/.* \([0-9.]*[0-9]\)\.$/\1/p')" "$ROOT"
  GLIBC=$new
  SEARCH+=("$GLIBC/lib")
  mkdir "$(at "$GLIBC")/lib"
  cp "$ROOT/usr/lib64/$LOADER" "$(at "$GLIBC")/lib/"
  while read -r library; do
    target=$(at "$GLIBC")/lib
    if ! is_of_glibc "$library"; then
      new_path "${library##*/}" "$(sha256sum <"$library")"
      SEARCH+=("$new/lib")
      target=$(at "$new")/lib
      mkdir "$target"
    fi
    cp -L "$library" "$target/"
  done < <("$ROOT/usr/lib64/$LOADER" --list "$ROOT/usr/bin/nix" | sed -n 's/.* => \(\/.*\) (0x.*/\1/p' | grep -v "/$LOADER")
}

is_of_glibc() {
  case ${1##*/} in
    libc.so.* | libm.so.* | libresolv.so.* | libdl.so.* | librt.so.* | libpthread.so.* | libgcc_s.so.*) ;;
    *) false ;;
  esac
}

add_others() {
  local folder
  new_path busybox-static "$(sha256sum <"$E2E_DIR/static/$SYSTEM/busybox")"
  BUSYBOX=$new
  mkdir "$(at "$BUSYBOX")/bin"
  cp "$E2E_DIR/static/$SYSTEM/busybox" "$(at "$BUSYBOX")/bin/"
  ln -s busybox "$(at "$BUSYBOX")/bin/sh"

  new_path cacert
  CACERT=$new
  mkdir -p "$(at "$CACERT")/etc/ssl/certs"
  cp /etc/ssl/certs/ca-certificates.crt "$(at "$CACERT")/etc/ssl/certs/ca-bundle.crt"

  MORE=()
  for folder in "${PATHS[@]}"; do
    new_path "$(basename "$folder")" more
    MORE+=("$new")
    cp -a "$folder/." "$(at "$new")/"
  done
}

add_nix() {
  local program
  new_path "nix-$VERSION" "$(sha256sum <"$ROOT/usr/bin/nix")" "${SEARCH[@]}"
  NIX=$new
  local folder
  folder=$(at "$NIX")
  mkdir -p "$folder/bin" "$folder/libexec/nix"
  cp "$ROOT/usr/bin/nix" "$folder/bin/"
  chmod u+w "$folder/bin/nix"
  patchelf --set-interpreter "$GLIBC/lib/$LOADER" --force-rpath --set-rpath "$(join_by : "${SEARCH[@]}")" "$folder/bin/nix"
  for program in "$ROOT"/usr/bin/nix-*; do ln -s nix "$folder/bin/${program##*/}"; done
  ln -s ../../bin/nix "$folder/libexec/nix/build-remote"
  ln -s "$BUSYBOX/bin/busybox" "$folder/libexec/nix/busybox"
  [ -z "$INTO_NIX" ] || copy_filled "$INTO_NIX" "$folder"
}

# copy_filled FOLDER TARGET
copy_filled() {
  cp -a "$1/." "$2/"
  (cd "$1" && find . -type f -print0) | (cd "$2" && xargs -0 sed -i "s,@nix@,$NIX,g; s,@cacert@,$CACERT,g")
}

join_by() {
  local IFS=$1
  shift
  printf '%s\n' "$*"
}

# The format of `nix-store --load-db`: path, NAR hash, NAR size, deriver, number of references, references.
write_registration() {
  local path references
  for path in "$WORK"/top/store/*; do
    path=/nix/store/${path##*/}
    chmod -R a-w "$(at "$path")"
    references=()
    if [ "$path" = "$NIX" ]; then references=("${SEARCH[@]%/lib}" "$BUSYBOX" "${MORE[@]}"); fi
    printf '%s\n' "$path" "sha256:$("$E2E_DIR/bin/nix-hash" --type sha256 --base32 "$(at "$path")")" \
      "$("$E2E_DIR/bin/nix-store" --dump "$(at "$path")" | wc -c)" '' "${#references[@]}" "${references[@]}"
  done >"$WORK/top/.reginfo"
}

add_beside() {
  if [ -n "$BESIDE" ]; then
    copy_filled "$BESIDE" "$WORK/top"
  else
    # shellcheck disable=SC2016
    printf '#!/bin/sh\necho "$0: this tarball has no installer" >&2\nexit 1\n' >"$WORK/top/install"
    chmod +x "$WORK/top/install"
  fi
}

# Nix releases are packed in this way: first the files, then each store path, writable for the owner, with mtime 1.
pack() {
  local files
  mapfile -t files < <(cd "$WORK/top" && find . -mindepth 1 -maxdepth 1 -not -name store -printf '%P\n' | LC_ALL=C sort &&
    printf '%s\n' store/* | LC_ALL=C sort)
  # shellcheck disable=SC2086
  tar -c -C "$WORK/top" --sort=name --owner=0 --group=0 --mode=u+rw,uga+r --mtime=@1 --hard-dereference \
    --transform "s,^,$1/,S" "${files[@]}" | xz $XZ >"$2"
  sha256sum <"$2" | cut -d ' ' -f 1 | tr -d '\n' >"$2.sha256"
  chmod -R u+w "$WORK/top"
}

main "$@"

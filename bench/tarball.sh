#!/usr/bin/env bash
# tarball.sh FOLDER: makes the release tarball for the scenario `install`. Does nothing if it is up to date.
#
# FOLDER/release then contains nix-<version>-x86_64-linux.tar.xz, packed like a Nix release and of about the same size, its
# .sha256, and the same content as .tar.zst, the format of nix-quick-install.
#
# The official install scripts come from Nix's sources: $NIX_SOURCE, or FOLDER/nix-source, or GitHub (Debian's source package does
# not contain them). If they are in the tarball, FOLDER/release/official exists. Without them, two contestants are skipped.
set -euo pipefail
shopt -s inherit_errexit
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../e2e/lib/common.sh
. "$here/../e2e/lib/common.sh"

main() {
  need_root
  need_tools
  FOLDER=$(realpath -m "${1:?needs a folder}")
  SOURCE=${NIX_SOURCE:-$FOLDER/nix-source}
  VERSION=$("$E2E_DIR/bin/nix" --version | grep -o '[0-9][0-9.]*[0-9]$')
  is_ready && return
  WORK=$FOLDER/work-release
  rm -rf "$WORK" "$FOLDER/release"
  mkdir -p "$WORK"/{nix,beside,more-libraries/lib}
  trap 'rm -rf "$WORK"' EXIT
  fetch_source || say 'the sources of Nix could not be downloaded: the official script is not measured'
  [ ! -e "$SOURCE/scripts" ] || take_official
  take_more_libraries
  bash "$E2E/lib/release.sh" --into-nix "$WORK/nix" --beside "$WORK/beside" --path "$WORK/more-libraries" \
    --xz '-6 -T1' "$FOLDER/release"
  xz -dc "$FOLDER"/release/*.tar.xz | zstd -q -o "$FOLDER/release/nix-$VERSION-x86_64-linux.tar.zst"
  [ ! -e "$WORK/beside/install-multi-user" ] || touch "$FOLDER/release/official"
  stamp >"$FOLDER/release/.bench"
}

stamp() { (cat "$here/tarball.sh" "$E2E/lib/release.sh" "$E2E_DIR/.ready" && cat "$SOURCE"/scripts/* 2>/dev/null) | sha256sum; }
is_ready() { [ "$(cat "$FOLDER/release/.bench" 2>/dev/null)" = "$(stamp)" ]; }

fetch_source() {
  [ ! -e "$SOURCE/scripts" ] || return 0
  mkdir -p "$SOURCE.new"
  curl -fsSL --connect-timeout 5 "https://github.com/NixOS/nix/archive/refs/tags/$VERSION.tar.gz" |
    tar -xz -C "$SOURCE.new" --strip-components 1 --wildcards '*/scripts/*' '*/misc/systemd/*' 2>/dev/null &&
    mv "$SOURCE.new" "$SOURCE"
}

# Like Nix's packaging: scripts beside .reginfo; profile scripts and systemd units in the store path of Nix.
take_official() {
  local file name
  cp "$SOURCE/scripts/install-nix-from-tarball.sh" "$WORK/beside/install"
  cp "$SOURCE/scripts/install-multi-user.sh" "$WORK/beside/install-multi-user"
  cp "$SOURCE/scripts/install-systemd-multi-user.sh" "$WORK/beside/"
  chmod +x "$WORK"/beside/*
  mkdir -p "$WORK"/nix/{etc/profile.d,lib/systemd/system,lib/tmpfiles.d}
  for file in "$SOURCE"/scripts/nix-profile*.{sh,fish}.in; do
    name=$(basename "$file" .in)
    fill "$file" >"$WORK/nix/etc/profile.d/${name/nix-profile/nix}"
  done
  for file in "$SOURCE"/misc/systemd/nix-daemon.{service,socket}.in; do
    fill "$file" >"$WORK/nix/lib/systemd/system/$(basename "$file" .in)"
  done
  fill "$SOURCE/misc/systemd/nix-daemon.conf.in" >"$WORK/nix/lib/tmpfiles.d/nix-daemon.conf"
}

fill() { sed 's,@localstatedir@,/nix/var,g; s,@storedir@,/nix/store,g; s,@bindir@,@nix@/bin,g' "$1"; }

# More libraries of the tools, so that the tarball is as large as a real release.
take_more_libraries() {
  local libraries=$E2E_DIR/current/root/usr/lib/x86_64-linux-gnu own
  own=$(LD_TRACE_LOADED_OBJECTS=1 "$E2E_DIR/bin/nix" | sed -n 's/.* => \(\/.*\) (0x.*/\1/p' | xargs realpath)
  find "$libraries" -maxdepth 1 -type f -name '*.so*' | grep -vxF "$own" |
    xargs cp -t "$WORK/more-libraries/lib"
}

main "$@"

#!/usr/bin/env bash
# tarball.sh FOLDER: makes the release that the contestants of `install` install, once; a second call finds it done.
#
# FOLDER/release then has nix-<version>-x86_64-linux.tar.xz, packed as Nix' releases are, its .sha256, and the same in a .tar.zst,
# the form in which nix-quick-install has it. It is about as large as an official one.
#
# The official scripts come from Nix' own sources: FOLDER/nix-source, or $NIX_SOURCE, or GitHub (Debian leaves them out of its
# source package). FOLDER/release/official says that they are in; without them the two contestants that run them are left out.
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
  fetch_source || say 'no sources of Nix: the official script is not measured'
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

# As Nix' own packaging does: scripts beside .reginfo; profile scripts and units in the path of Nix.
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

# What the tools have besides, so that there is as much to unpack as in a real release.
take_more_libraries() {
  local libraries=$E2E_DIR/current/root/usr/lib/x86_64-linux-gnu own
  own=$(LD_TRACE_LOADED_OBJECTS=1 "$E2E_DIR/bin/nix" | sed -n 's/.* => \(\/.*\) (0x.*/\1/p' | xargs realpath)
  find "$libraries" -maxdepth 1 -type f -name '*.so*' | grep -vxF "$own" |
    xargs cp -t "$WORK/more-libraries/lib"
}

main "$@"

#!/usr/bin/env bash
# fresh-debian.sh [--user root|runner] [--suite NAME] command…
#
# Runs a command on a fresh Debian: a minimal system of its own, this project's committed files in /project (where the command
# starts), Node.js, and nothing else. `runner` is a user with sudo. The system is gone afterwards; only its base is kept.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"

USER_NAME=root
SUITE=bookworm

main() {
  case ${1:-} in
    --inside) shift && inside "$@" ;;
    *) outside "$@" ;;
  esac
}

outside() {
  need_root
  while [ $# -gt 0 ]; do
    case $1 in
      --user) USER_NAME=$2 && shift 2 ;;
      --suite) SUITE=$2 && shift 2 ;;
      *) break ;;
    esac
  done
  [ $# -gt 0 ] || die 'needs a command: see the top of this file'
  local base=$E2E_DIR-fresh/$SUITE root
  [ -e "$base/.complete" ] || make_base "$base"
  root=$(mktemp -d "$E2E_DIR-fresh/root-XXXXXX")
  # shellcheck disable=SC2064
  trap "rm -rf '$root'" EXIT
  cp -a "$base/." "$root"
  add_project "$root"
  "$BASH" "$(dirname "$0")/own-namespaces.sh" "$BASH" "$0" --inside "$root" "$USER_NAME" "$@"
}

make_base() {
  command -v debootstrap >/dev/null || install_debootstrap
  rm -rf "$1"
  mkdir -p "$1"
  say "making a fresh Debian $SUITE"
  debootstrap --variant=minbase --include=ca-certificates,libstdc++6,sudo "$SUITE" "$1" >"$1.log" 2>&1 ||
    die "debootstrap failed: $(tail -n 5 "$1.log")"
  chroot "$1" useradd --create-home --shell /bin/bash runner
  printf 'runner ALL=(ALL) NOPASSWD: ALL\n' >"$1/etc/sudoers.d/runner"
  touch "$1/.complete"
}

install_debootstrap() {
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends debootstrap >&2
}

# The files as git has them, so that one that git ignores cannot hide that it is missing.
add_project() {
  mkdir "$1/project"
  git -C "$E2E/.." -c safe.directory='*' ls-files -z |
    tar -C "$E2E/.." --null --files-from=- -cf - | tar -C "$1/project" --no-same-owner -xf -
  chroot "$1" chown -R "$USER_NAME:" /project
  cp "$(node -p process.execPath)" "$1/usr/local/bin/node"
  cp /etc/resolv.conf /etc/hosts "$1/etc/"
}

# pivot_root and not chroot, since a sandbox can be made only from a true root.
inside() {
  local root=$1 user=$2
  shift 2
  mount --bind "$root" "$root"
  mount -t proc proc "$root/proc"
  mount --rbind /sys "$root/sys"
  mount --rbind /dev "$root/dev"
  mkdir "$root/.old"
  cd "$root"
  pivot_root . .old
  umount -l /.old
  cd /project
  # shellcheck disable=SC2016
  exec env -i HOME="$(getent passwd "$user" | cut -d: -f6)" PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin \
    TERM="${TERM:-dumb}" LANG=C.UTF-8 setpriv --reuid "$user" --regid "$user" --init-groups "$@"
}

main "$@"

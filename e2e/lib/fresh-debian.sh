#!/usr/bin/env bash
# fresh-debian.sh [--user root|runner] [--suite NAME] [--debian-npm] command…
#
# Runs a command in a new minimal Debian that contains only Node.js and, in /project, the committed files of this project.
# The command starts in /project. `runner` is a user with sudo. The system is deleted afterwards, its base system is reused.
# With `--debian-npm`, Node.js and npm are Debian packages, sudo is not installed, and npm uses this machine's registry settings.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"

USER_NAME=root
SUITE=bookworm
DEBIAN_NPM=
NPM_VARIABLES='NODE_EXTRA_CA_CERTS|(npm_config_)?(https?_proxy|no_?proxy|proxy)|npm_config_(registry|cafile|strict_ssl|//.*)'

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
      --debian-npm) DEBIAN_NPM=-npm && shift ;;
      *) break ;;
    esac
  done
  [ $# -gt 0 ] || die 'needs a command: see the top of this file'
  local base=$E2E_DIR-fresh/$SUITE$DEBIAN_NPM root
  [ -e "$base/.complete" ] || make_base "$base"
  root=$(mktemp -d "$E2E_DIR-fresh/root-XXXXXX")
  # shellcheck disable=SC2064
  trap "rm -rf '$root'" EXIT
  cp -a "$base/." "$root"
  add_project "$root"
  cp /etc/resolv.conf /etc/hosts "$root/etc/"
  if [ -n "$DEBIAN_NPM" ]; then configure_npm "$root"; else add_node "$root"; fi
  "$BASH" "$(dirname "$0")/own-namespaces.sh" "$BASH" "$0" --inside "$root" "$USER_NAME" "$@"
}

make_base() {
  command -v debootstrap >/dev/null || install_debootstrap
  rm -rf "$1"
  mkdir -p "$1"
  say "making a fresh Debian $SUITE"
  local packages=ca-certificates
  [ -n "$DEBIAN_NPM" ] || packages+=,libstdc++6,sudo
  debootstrap --variant=minbase --include="$packages" "$SUITE" "$1" >"$1.log" 2>&1 ||
    die "debootstrap failed: $(tail -n 5 "$1.log")"
  chroot "$1" useradd --create-home --shell /bin/bash runner
  if [ -n "$DEBIAN_NPM" ]; then
    install_npm "$1" >>"$1.log" 2>&1 || die "npm was not installed: $(tail -n 5 "$1.log")"
  else
    printf 'runner ALL=(ALL) NOPASSWD: ALL\n' >"$1/etc/sudoers.d/runner"
  fi
  touch "$1/.complete"
}

# With apt-get, because debootstrap does not resolve virtual packages (`Provides`).
install_npm() {
  cp /etc/resolv.conf /etc/hosts "$1/etc/"
  chroot "$1" apt-get update -qq
  DEBIAN_FRONTEND=noninteractive chroot "$1" apt-get install -y -qq --no-install-recommends nodejs npm
  chroot "$1" apt-get clean
}

install_debootstrap() {
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends debootstrap >&2
}

# Only files that Git tracks, so that a test fails if it needs a file that Git ignores.
add_project() {
  mkdir "$1/project"
  git -C "$E2E/.." -c safe.directory='*' ls-files -z |
    tar -C "$E2E/.." --null --files-from=- -cf - | tar -C "$1/project" --no-same-owner -xf -
  chroot "$1" chown -R "$USER_NAME:" /project
}

add_node() { cp "$(node -p process.execPath)" "$1/usr/local/bin/node"; }

# The npm registry, its password and its certificates depend on this machine. They are copied when the command runs and are not
# in any file of the project.
configure_npm() {
  local here=/etc/npm-here file kind
  mkdir "$1$here"
  for file in "${NODE_EXTRA_CA_CERTS:-}" "$(npm config get cafile)"; do
    if [ -f "$file" ]; then install -D -m 644 "$file" "$1$file"; fi
  done
  for kind in user global; do
    file=$(npm config get "${kind}config")
    [ -f "$file" ] || continue
    install -m 600 "$file" "$1$here/$kind"
    printf 'npm_config_%sconfig=%s\n' "$kind" "$here/$kind" >>"$1$here/variables"
  done
  env | grep -iE "^($NPM_VARIABLES)=" >>"$1$here/variables" || true
  chroot "$1" chown -R "$USER_NAME:" "$here"
}

# pivot_root instead of chroot: Linux refuses to create a user namespace in a chroot, and Nix needs one for its sandbox.
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
  local variables=()
  mapfile -t variables < <(cat /etc/npm-here/variables 2>/dev/null)
  exec env -i "${variables[@]}" HOME="$(getent passwd "$user" | cut -d: -f6)" \
    PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin TERM="${TERM:-dumb}" LANG=C.UTF-8 \
    setpriv --reuid "$user" --regid "$user" --init-groups "$@"
}

main "$@"

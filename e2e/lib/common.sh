# shellcheck shell=bash
# What every script here shares. Sourced, never run; it has no effect but setting these names.

E2E=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
E2E_DIR=${E2E_DIR:-$(dirname "$E2E")/.e2e}

say() { printf '%s\n' "$*" >&2; }
die() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}

need_root() { [ "$(id -u)" = 0 ] || die 'must run as root'; }
need_tools() { [ -e "$E2E_DIR/.ready" ] || die "no tools in $E2E_DIR: run e2e/setup.sh first"; }

# Where this machine has Debian from; on others, where debootstrap would take it.
debian_mirror() {
  # shellcheck disable=SC2016
  apt-get indextargets --format '$(REPO_URI)' | grep '/debian/*$' | sort -u | head -n 1 ||
    sed -n 's/^DEF_MIRROR="\(.*\)"/\1/p' "$(PATH=$PATH:/usr/sbin command -v debootstrap)"
}

# wait_for SECONDS command…: until the command succeeds; fails when the time is over.
wait_for() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$deadline" ] || return 1
    sleep 0.02
  done
}

# A port on the loopback that nobody listens on; the kernel's choice of a range is kept clear of.
free_port() {
  local port
  for _ in $(seq 50); do
    port=$((20000 + RANDOM % 10000))
    listens "$port" || { printf '%s\n' "$port" && return; }
  done
  die 'no free port'
}

listens() { (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# shellcheck shell=bash
# Functions and variables for all scripts. Sourced.

E2E=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
E2E_DIR=${E2E_DIR:-$(dirname "$E2E")/.e2e}

say() { printf '%s\n' "$*" >&2; }
die() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}

need_root() { [ "$(id -u)" = 0 ] || die 'must run as root'; }
need_tools() { [ -e "$E2E_DIR/.ready" ] || die "no tools in $E2E_DIR: run e2e/setup.sh first"; }

# The Debian mirror in this machine's apt sources, or the default mirror of debootstrap.
debian_mirror() {
  # shellcheck disable=SC2016
  apt-get indextargets --format '$(REPO_URI)' | grep '/debian/*$' | sort -u | head -n 1 ||
    sed -n 's/^DEF_MIRROR="\(.*\)"/\1/p' "$(PATH=$PATH:/usr/sbin command -v debootstrap)"
}

# wait_for SECONDS command…: repeats the command until it succeeds; fails after this time.
wait_for() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$deadline" ] || return 1
    sleep 0.02
  done
}

# A free loopback port below the range from which Linux chooses ephemeral ports (32768 to 60999).
free_port() {
  local port
  for _ in $(seq 50); do
    port=$((20000 + RANDOM % 10000))
    listens "$port" || { printf '%s\n' "$port" && return; }
  done
  die 'no free port'
}

listens() { (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

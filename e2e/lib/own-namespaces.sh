#!/usr/bin/env bash
# own-namespaces.sh command…
#
# Runs a command as root in user, mount, process and cgroup namespaces of its own, user ids mapped one to one, with a /proc
# that shows them. What it mounts or registers with binfmt_misc (Linux 6.7 or newer) is its own and ends with it; standard input
# and the exit code pass through.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"

main() {
  case ${1:-} in
    --stage-unshared) shift && unshare_rest "$@" ;;
    *) outside "$@" ;;
  esac
}

outside() {
  need_root
  [ $# -gt 0 ] || die 'needs a command: see the top of this file'
  # What is run next keeps this process's id, input and exit code; its user ids are mapped from here.
  map_ids $$ "$(readlink /proc/self/ns/user)" &
  exec unshare --user "$BASH" "$0" --stage-unshared "$@"
}

map_ids() {
  wait_for 5 in_another_namespace "$1" "$2" || die 'no user namespace'
  printf '0 0 4294967295\n' >"/proc/$1/gid_map"
  printf '0 0 4294967295\n' >"/proc/$1/uid_map"
}

in_another_namespace() {
  local now
  now=$(readlink "/proc/$1/ns/user") && [ "$now" != "$2" ]
}

unshare_rest() {
  wait_for 5 is_mapped || die 'user ids were not mapped'
  # unshare does not heed these signals, but the machine dies with it; and it must die with this process.
  setpriv --reuid 0 --regid 0 --clear-groups --pdeathsig KILL \
    unshare --mount --pid --cgroup --fork --kill-child --mount-proc "$@" <&0 &
  # shellcheck disable=SC2064
  trap "kill -KILL $!; exit 143" HUP INT TERM
  wait $!
}

is_mapped() { [ -n "$(cat /proc/self/uid_map)" ]; }

main "$@"

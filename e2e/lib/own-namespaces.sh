#!/usr/bin/env bash
# own-namespaces.sh command…
#
# Runs a command as root in new user, mount, PID and cgroup namespaces. User ids are mapped one to one, and /proc shows the new
# PID namespace. Its mounts and binfmt_misc registrations (Linux 6.7 or newer) are not visible outside and end with it. Standard
# input and the exit code are passed on.
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
  # The ids are mapped from the outer namespace: map_ids waits until unshare, which keeps this process's id, has made the new one.
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
  # unshare ignores SIGINT and SIGTERM, so send SIGKILL, which also ends all processes in the namespace (--kill-child).
  # --pdeathsig ends unshare if this process is killed.
  setpriv --reuid 0 --regid 0 --clear-groups --pdeathsig KILL \
    unshare --mount --pid --cgroup --fork --kill-child --mount-proc "$@" <&0 &
  # shellcheck disable=SC2064
  trap "kill -KILL $!; exit 143" HUP INT TERM
  wait $!
}

is_mapped() { [ -n "$(cat /proc/self/uid_map)" ]; }

main "$@"

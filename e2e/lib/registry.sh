#!/usr/bin/env bash
# registry.sh start [--program 2.8.2|2.8.3|3|zot|FILE] [--user NAME:PASSWORD] [--tls CERT KEY] DIR
#     prints host:port when it is ready
# registry.sh stop DIR
#
# Starts docker-registry (distribution 2), distribution 3 or zot on a free loopback port. Its data is in DIR/data, its log in
# DIR/log. Deletion is enabled. With --tls, it has no plain HTTP.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"

main() {
  local verb=${1:-}
  case $verb in
    start | stop) shift && "$verb" "$@" ;;
    *) die 'usage: registry.sh start|stop … (see the top of this file)' ;;
  esac
}

start() {
  need_tools
  local program=$E2E_DIR/bin/docker-registry write=write_config account=''
  TLS_CERT='' TLS_KEY=''
  while [ $# -gt 1 ]; do
    case $1 in
      --program)
        program=$(program_of "$2")
        [ "$2" != zot ] || write=write_zot_config
        shift 2
        ;;
      --user) account=$2 && shift 2 ;;
      --tls) TLS_CERT=$2 TLS_KEY=$3 && shift 3 ;;
      *) die "unknown option $1" ;;
    esac
  done
  local dir=${1:?needs a folder}
  mkdir -p "$dir/data"
  dir=$(realpath "$dir")
  [ -z "$account" ] || write_password "$dir" "$account"
  local address
  for _ in 1 2 3; do
    address=127.0.0.1:$(free_port)
    "$write" "$dir" "$address" "$account"
    launch "$program" "$dir"
    if wait_for 10 answers_or_died "$dir" "$address" && runs "$dir"; then
      printf '%s\n' "$address"
      return
    fi
  done
  die "did not start: $(tail -n 5 "$dir/log")"
}

stop() {
  local pid
  pid=$(cat "${1:?needs a folder}/pid" 2>/dev/null) || return 0
  kill "$pid" 2>/dev/null || true
  wait_for 10 has_ended "$pid" || kill -KILL "$pid"
  rm -f "$1/pid"
}

program_of() {
  case $1 in
    2.8.2) printf '%s\n' "$E2E_DIR/debian-12/bin/docker-registry" ;;
    2.8.3) printf '%s\n' "$E2E_DIR/bin/docker-registry" ;;
    3) printf '%s\n' "$E2E_DIR/go-tools/distribution-3" ;;
    zot) printf '%s\n' "$E2E_DIR/go-tools/zot" ;;
    *) if [ -x "$1" ]; then printf '%s\n' "$1"; else die "no registry $1"; fi ;;
  esac
}

# In its own session: Ctrl-C would otherwise end the registry before the test calls stop.
launch() {
  setsid "$1" serve "$2/config.yml" </dev/null >"$2/log" 2>&1 &
  printf '%s\n' $! >"$2/pid"
}

write_config() {
  cat >"$1/config.yml" <<END
version: 0.1
log: { level: info, accesslog: { disabled: false } }
storage: { filesystem: { rootdirectory: $1/data }, delete: { enabled: true } }
http:
  addr: "$2"
  secret: end-to-end
$([ -z "$TLS_CERT" ] || printf '  tls: { certificate: %s, key: %s }' "$TLS_CERT" "$TLS_KEY")
END
  [ -z "$3" ] ||
    printf 'auth: { htpasswd: { realm: end-to-end, path: %s/htpasswd } }\n' "$1" >>"$1/config.yml"
}

# No garbage collection: it could delete data in the middle of a test.
write_zot_config() {
  cat >"$1/config.yml" <<END
distSpecVersion: 1.0.1-dev
storage: { rootDirectory: $1/data, gc: false }
http:
  address: ${2%:*}
  port: ${2#*:}
$([ -z "$3" ] || printf '  auth: { htpasswd: { path: %s/htpasswd } }' "$1")
$([ -z "$TLS_CERT" ] || printf '  tls: { cert: %s, key: %s }' "$TLS_CERT" "$TLS_KEY")
log: { level: info }
END
}

# Both registries accept only bcrypt hashes. A password for a test needs no random salt.
write_password() {
  local hash
  # shellcheck disable=SC2016
  hash=$(printf '%s' "${2#*:}" | perl -e 'print crypt(<STDIN>, q($2y$05$abcdefghijklmnopqrstuu))')
  printf '%s:%s\n' "${2%%:*}" "$hash" >"$1/htpasswd"
}

answers_or_died() { ! runs "$1" || answers "$2"; }
answers() {
  local code
  code=$(curl --silent --insecure --noproxy '*' --output /dev/null --write-out '%{http_code}' \
    "http${TLS_CERT:+s}://$1/v2/")
  [ "$code" = 200 ] || [ "$code" = 401 ]
}
runs() { is_alive "$(cat "$1/pid")"; }
has_ended() { ! is_alive "$1"; }
# A process that has ended and that its parent has not waited for (a zombie) still accepts signals.
is_alive() {
  local state
  state=$(sed -n 's/^State:\t\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null) || return 1
  [ -n "$state" ] && [ "$state" != Z ]
}

main "$@"

#!/usr/bin/env bash
# machine.sh [option]… DIR command…
#
# Runs a command on a machine of its own, whose whole state lies in DIR and stays there for the next run:
# DIR/nix as /nix, DIR/etc as /etc (first a copy of this system's), DIR/home/NAME as HOME, DIR/tmp as TMPDIR.
# Mounts, processes and binfmt_misc registrations are the machine's alone and end with it.
#
#   --nix       which Nix is on PATH: current (default), debian-12 or none; all other tools always are
#   --daemon    as a multi-user installation: build users, and nix-daemon runs
#   --user      root (default), or runner: uid 1001, without rights
#   --emulate   the static QEMU is registered for aarch64, as binfmt packages do
#   --conf      a line that /etc/nix/nix.conf shall have
#   --docker    dockerd runs and DOCKER_HOST leads to it; its image store is classic or containerd
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"

main() {
  case ${1:-} in
    --inside) shift && inside "$@" ;;
    *) outside "$@" ;;
  esac
}

outside() {
  need_root
  need_tools
  parse "$@"
  prepare
  exec "$BASH" "$(dirname "$0")/own-namespaces.sh" "$BASH" "$0" --inside "$@"
}

parse() {
  NIX=current DAEMON='' USER_NAME=root EMULATE='' DOCKER='' CONF=()
  while [ $# -gt 0 ]; do
    case $1 in
      --nix) NIX=$2 && shift 2 ;;
      --daemon) DAEMON=yes && shift ;;
      --user) USER_NAME=$2 && shift 2 ;;
      --emulate) EMULATE=yes && shift ;;
      --docker) DOCKER=$2 && shift 2 ;;
      --conf) CONF+=("$2") && shift 2 ;;
      -*) die "unknown option $1" ;;
      *) break ;;
    esac
  done
  [ $# -gt 1 ] || die 'needs a folder and a command: see the top of this file'
  case $NIX in current | debian-12 | none) ;; *) die "unknown --nix $NIX" ;; esac
  case $USER_NAME in root | runner) ;; *) die "unknown --user $USER_NAME" ;; esac
  case $DOCKER in '' | classic | containerd) ;; *) die "unknown --docker $DOCKER" ;; esac
  DIR=$(realpath -m "$1")
  COMMAND=("${@:2}")
}

prepare() {
  mkdir -p "$DIR"/{nix,tmp,home/root} /nix
  chmod 1777 "$DIR/tmp"
  [ -d "$DIR/etc" ] || make_etc
  install -d -o 1001 -g 1001 "$DIR/home/runner"
  # No binary cache can be reached from here, and Nix waits five seconds for one.
  [ "$NIX" = none ] || CONF+=('substituters =')
  local line
  for line in "${CONF[@]}"; do conf_line "$line"; done
}

conf_line() {
  local file=$DIR/etc/nix/nix.conf
  mkdir -p "${file%/*}"
  grep -qxF -e "$1" "$file" 2>/dev/null || printf '%s\n' "$1" >>"$file"
}

make_etc() {
  rm -rf "$DIR/etc.new"
  cp -a /etc "$DIR/etc.new"
  rm -rf "$DIR"/etc.new/{nix,containers}
  mkdir "$DIR/etc.new/containers"
  cp "$E2E_DIR"/etc/* "$DIR/etc.new/containers/"
  sed -i '/^runner:/d' "$DIR"/etc.new/{passwd,group}
  printf 'runner:x:1001:1001::%s:/bin/bash\n' "$DIR/home/runner" >>"$DIR/etc.new/passwd"
  printf 'runner:x:1001:\n' >>"$DIR/etc.new/group"
  mv "$DIR/etc.new" "$DIR/etc"
}

inside() {
  parse "$@"
  mount --bind "$DIR/nix" /nix
  mount --bind "$DIR/etc" /etc
  mount -t tmpfs -o mode=755 none /run
  mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
  mount -t cgroup2 none /sys/fs/cgroup
  set_environment
  if [ -n "$EMULATE" ]; then register_qemu; fi
  if [ -n "$DAEMON" ]; then start_daemon; fi
  if [ -n "$DOCKER" ]; then start_docker; fi
  # Not exec: the first process of a machine must outlive its children's children.
  as_user "${COMMAND[@]}"
}

set_environment() {
  local name
  for name in $(compgen -e | grep -E '^(NIX_|XDG_|CONTAINERS_|REGISTRY_AUTH|DOCKER_)'); do unset "$name"; done
  export HOME=$DIR/home/$USER_NAME TMPDIR=$DIR/tmp USER=$USER_NAME LOGNAME=$USER_NAME
  export CONTAINERS_CONF=$E2E_DIR/etc/containers.conf
  PATH=$E2E_DIR/qemu:$PATH
  case $NIX in
    current) PATH=$E2E_DIR/bin:$PATH ;;
    debian-12)
      PATH=$E2E_DIR/debian-12/bin:$E2E_DIR/tools:$PATH
      export NIX_LIBEXEC_DIR=$E2E_DIR/debian-12/root/usr/libexec
      ;;
    none)
      PATH=$E2E_DIR/tools:$PATH
      hide nix
      ;;
  esac
}

# Lays a file that cannot be run over a program of this system.
hide() {
  local program
  hash -r
  while program=$(command -v "$1"); do
    mount --bind /etc/hostname "$(realpath "$program")"
    hash -r
  done
}

register_qemu() {
  local magic='\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00'
  local mask='\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff'
  printf '%s' ":qemu-aarch64:M::$magic:$mask:$E2E_DIR/qemu/qemu-aarch64-static:POCF" \
    >/proc/sys/fs/binfmt_misc/register
}

start_daemon() {
  if ! grep -q '^nixbld:' /etc/group; then
    printf 'nixbld:x:30000:%s\n' "$(seq -s, -f 'nixbld%g' 4)" >>/etc/group
    seq 4 | sed 's/.*/nixbld&:x:3000&:30000::\/var\/empty:\/usr\/sbin\/nologin/' >>/etc/passwd
  fi
  rm -f /nix/var/nix/daemon-socket/socket
  nix-daemon >"$DIR/daemon.log" 2>&1 &
  wait_for 10 test -S /nix/var/nix/daemon-socket/socket || die "no daemon: $(cat "$DIR/daemon.log")"
  export NIX_REMOTE=daemon
}

# No bridge and no address translation: images are loaded, pushed and pulled here, containers run by podman.
start_docker() {
  local home=$DIR/docker-$DOCKER driver=vfs containerd=false
  if [ "$DOCKER" = containerd ]; then driver=native containerd=true; fi
  mkdir -p "$home"
  printf '{"features":{"containerd-snapshotter":%s},"storage-driver":"%s"}' "$containerd" "$driver" \
    >"$home/config"
  dockerd --config-file "$home/config" --data-root "$home/data" --exec-root /run/docker \
    --pidfile /run/docker.pid -H unix:///run/docker.sock \
    --iptables=false --ip6tables=false --bridge=none --userland-proxy=false >"$home/log" 2>&1 &
  export DOCKER_HOST=unix:///run/docker.sock
  wait_for 20 docker version >/dev/null 2>&1 || die "no dockerd: $(tail -n 5 "$home/log")"
}

as_user() {
  case $USER_NAME in
    root) "$@" ;;
    runner) setpriv --reuid 1001 --regid 1001 --clear-groups "$@" ;;
  esac
}

main "$@"

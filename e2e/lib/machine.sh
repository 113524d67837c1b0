#!/usr/bin/env bash
# machine.sh [option]… DIR command…
#
# Runs a command on an isolated machine. Its state is in DIR and is reused by the next run with the same DIR:
# DIR/nix is /nix, DIR/etc is /etc (at first a copy of this system's), DIR/home/NAME is HOME, DIR/tmp is TMPDIR.
# Mounts, processes and binfmt_misc registrations are not visible outside and end with the command.
#
#   --nix       the Nix on PATH: current (default), debian-12 or none; all other tools are always on PATH
#   --daemon    a multi-user installation: with build users and a running nix-daemon
#   --user      root (default), or runner: uid 1001, without privileges
#   --sudo      runner may run everything with sudo, without a password
#   --emulate   the static QEMU is registered for aarch64, as binfmt packages do
#   --conf      a line to add to /etc/nix/nix.conf
#   --docker    dockerd runs and DOCKER_HOST points to it; its image store is classic or containerd
#
# Machines without Nix; each of these options implies --nix none:
#   --bare            /nix does not exist; if the command makes it, it is DIR/root/nix, which the next run with --bare reuses
#   --own-nix         /nix exists and belongs to the user
#   --small-nix SIZE  /nix is a file system of this size, for example 64M, empty at each run
#   --read-only-nix   /nix is read-only
#
# With any Nix:
#   --no-qemu         QEMU is not on PATH
#   --no-userns       no user can create a user namespace, not even root
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
  NIX=current DAEMON='' USER_NAME=root SUDO='' EMULATE='' DOCKER='' CONF=()
  BARE='' OWN_NIX='' SMALL_NIX='' READ_ONLY_NIX='' NO_QEMU='' NO_USERNS=''
  while [ $# -gt 0 ]; do
    case $1 in
      --nix) NIX=$2 && shift 2 ;;
      --daemon) DAEMON=yes && shift ;;
      --user) USER_NAME=$2 && shift 2 ;;
      --sudo) SUDO=yes && shift ;;
      --emulate) EMULATE=yes && shift ;;
      --docker) DOCKER=$2 && shift 2 ;;
      --conf) CONF+=("$2") && shift 2 ;;
      --bare) BARE=yes NIX=none && shift ;;
      --own-nix) OWN_NIX=yes NIX=none && shift ;;
      --small-nix) SMALL_NIX=$2 NIX=none && shift 2 ;;
      --read-only-nix) READ_ONLY_NIX=yes NIX=none && shift ;;
      --no-qemu) NO_QEMU=yes && shift ;;
      --no-userns) NO_USERNS=yes && shift ;;
      -*) die "unknown option $1" ;;
      *) break ;;
    esac
  done
  [ $# -gt 1 ] || die 'needs a folder and a command (see the top of this file)'
  case $NIX in current | debian-12 | none) ;; *) die "unknown --nix $NIX" ;; esac
  case $USER_NAME in root | runner) ;; *) die "unknown --user $USER_NAME" ;; esac
  case $DOCKER in '' | classic | containerd) ;; *) die "unknown --docker $DOCKER" ;; esac
  [ -z "$SUDO" ] || command -v sudo >/dev/null || die 'sudo was not found: run e2e/setup.sh first'
  DIR=$(realpath -m "$1")
  COMMAND=("${@:2}")
}

prepare() {
  mkdir -p "$DIR"/{nix,tmp,home/root} /nix
  chmod 1777 "$DIR/tmp"
  [ -d "$DIR/etc" ] || make_etc
  install -d -o 1001 -g 1001 "$DIR/home/runner"
  allow_sudo
  # Binary caches cannot be reached from here, and Nix would wait five seconds for each.
  [ "$NIX" = none ] || CONF+=('substituters =')
  local line
  for line in "${CONF[@]}"; do conf_line "$line"; done
}

# Replaces the rules of this system and of earlier runs.
allow_sudo() {
  local file=$DIR/etc/sudoers
  rm -rf "$file" "$file.d"
  mkdir "$file.d"
  printf '%s\n' 'Defaults env_reset' 'Defaults !lecture, !fqdn' \
    'Defaults secure_path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"' \
    'root ALL=(ALL:ALL) ALL' ${SUDO:+'runner ALL=(ALL) NOPASSWD: ALL'} >"$file"
  chmod 440 "$file"
  [ ! -e /etc/pam.d/sudo ] || cp -n /etc/pam.d/sudo "$DIR/etc/pam.d/"
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
  sed -i '/^runner:/d' "$DIR"/etc.new/{passwd,group,shadow}
  printf 'runner:x:1001:1001::%s:/bin/bash\n' "$DIR/home/runner" >>"$DIR/etc.new/passwd"
  printf 'runner:x:1001:\n' >>"$DIR/etc.new/group"
  # sudo refuses users whose account is missing in /etc/shadow or has expired.
  printf 'runner:*:20000:0:99999:7:::\n' >>"$DIR/etc.new/shadow"
  mv "$DIR/etc.new" "$DIR/etc"
}

inside() {
  parse "$@"
  if [ -n "$BARE" ]; then enter_root_without_nix; else mount --bind "$DIR/nix" /nix; fi
  mount --bind "$DIR/etc" /etc
  mount -t tmpfs -o mode=755 none /run
  mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
  mount -t cgroup2 none /sys/fs/cgroup
  set_environment
  if [ -n "$EMULATE" ]; then register_qemu; fi
  if [ -n "$DAEMON" ]; then start_daemon; fi
  if [ -n "$DOCKER" ]; then start_docker; fi
  set_limits
  # Not exec: this is PID 1 of the machine, and when PID 1 ends, the kernel kills all other processes.
  as_user "${COMMAND[@]}"
}

# A root folder like the outer one, but without /nix. pivot_root instead of chroot: Linux refuses to create a user namespace in a
# chroot, and Nix needs one for its sandbox.
enter_root_without_nix() {
  local root=$DIR/root entry
  mkdir -p "$root/.old"
  mount --bind "$root" "$root"
  for entry in /*; do
    [ "$entry" != /nix ] || continue
    if [ -L "$entry" ]; then
      ln -sfn "$(readlink "$entry")" "$root$entry"
    elif [ -d "$entry" ]; then
      mkdir -p "$root$entry"
      mount --rbind "$entry" "$root$entry"
    fi
  done
  chmod 755 "$root"
  cd "$root"
  pivot_root . .old
  umount -l /.old
  rmdir /.old
  cd "$OLDPWD"
}

# Sets up /nix and the namespace limit. This runs last, because the setup above may need what is refused here.
set_limits() {
  if [ -n "$SMALL_NIX$OWN_NIX$READ_ONLY_NIX" ]; then mkdir -p /nix; fi
  if [ -n "$SMALL_NIX" ]; then mount -t tmpfs -o "mode=755,size=$SMALL_NIX" none /nix; fi
  if [ -n "$OWN_NIX" ]; then chown "$(id -u "$USER_NAME"):$(id -g "$USER_NAME")" /nix; fi
  if [ -n "$READ_ONLY_NIX" ]; then
    mount --bind /nix /nix
    mount -o remount,bind,ro /nix
  fi
  if [ -n "$NO_USERNS" ]; then echo 0 >/proc/sys/user/max_user_namespaces; fi
}

set_environment() {
  local name
  for name in $(compgen -e | grep -P '^(NIX_(?!MULTIARCH_)|XDG_|CONTAINERS_|REGISTRY_AUTH|DOCKER_)'); do unset "$name"; done
  export HOME=$DIR/home/$USER_NAME TMPDIR=$DIR/tmp USER=$USER_NAME LOGNAME=$USER_NAME
  export CONTAINERS_CONF=$E2E_DIR/etc/containers.conf
  if [ -n "$NO_QEMU" ]; then hide qemu-aarch64 qemu-aarch64-static; else PATH=$E2E_DIR/qemu:$PATH; fi
  case $NIX in
    current) PATH=$E2E_DIR/bin:$PATH ;;
    debian-12)
      PATH=$E2E_DIR/debian-12/bin:$E2E_DIR/tools:$PATH
      export NIX_LIBEXEC_DIR=$E2E_DIR/debian-12/root/usr/libexec
      ;;
    none)
      PATH=$E2E_DIR/tools:$PATH
      hide nix nix-daemon nix-env nix-store nix-build
      ;;
  esac
}

# Mounts /dev/null over programs of this system, so that they cannot be run.
hide() {
  local program
  for program in $(type -aP "$@"); do
    if [ -x "$program" ]; then mount --bind /dev/null "$(realpath "$program")"; fi
  done
  hash -r
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
  wait_for 10 test -S /nix/var/nix/daemon-socket/socket || die "nix-daemon did not start: $(cat "$DIR/daemon.log")"
  export NIX_REMOTE=daemon
}

# Without a bridge and NAT: docker only loads, pushes and pulls images here. Containers are run by podman.
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
  wait_for 20 docker version >/dev/null 2>&1 || die "dockerd did not start: $(tail -n 5 "$home/log")"
}

as_user() {
  case $USER_NAME in
    root) "$@" ;;
    runner) setpriv --reuid 1001 --regid 1001 --clear-groups "$@" ;;
  esac
}

main "$@"

#!/usr/bin/env bash
# Prepares the tools that the end-to-end tests run: see README.md. Needs root on Debian or Ubuntu, x86_64.
# The tools are unpacked into one folder. On the system itself only a few small packages are installed.
set -euo pipefail
shopt -s inherit_errexit
# shellcheck source-path=SCRIPTDIR source=lib/common.sh
. "$(dirname "$0")/lib/common.sh"
# shellcheck source-path=SCRIPTDIR source=lib/apt.sh
. "$(dirname "$0")/lib/apt.sh"

HOST_PACKAGES=(bash-static ca-certificates curl debian-archive-keyring debootstrap patchelf sudo
  util-linux xz-utils zstd)
# sid has the newest versions. It is retried once, then trixie is used, because sid cannot be installed on some days.
CURRENT_SUITES=(sid sid trixie)
CURRENT_PACKAGES=(nix-bin skopeo podman oras crane umoci crun conmon netavark catatonit
  docker.io docker-cli containerd runc docker-registry zstd)
DEBIAN_12_PACKAGES=(nix-bin docker-registry)
# A suite is used only if these programs start.
MUST_RUN=(nix skopeo podman oras umoci crun)

LIBRARIES=usr/lib/x86_64-linux-gnu
LOADER=$LIBRARIES/ld-linux-x86-64.so.2

main() {
  need_root
  [ "$(dpkg --print-architecture)" = amd64 ] || die 'needs an x86_64 machine (it emulates aarch64)'
  is_ready && is_released && return
  mkdir -p "$(dirname "$E2E_DIR")"
  exec 9<"$(dirname "$E2E_DIR")"
  flock 9
  if ! is_ready; then prepare_tools; fi
  release
}

# A tarball like a Nix release. It has a separate stamp, because it is made from the tools.
release() { bash "$E2E/lib/release.sh" "$@" "$E2E_DIR/release"; }
is_released() { release --check; }

prepare_tools() {
  BUILD=$E2E_DIR.new
  rm -rf "$BUILD"
  mkdir -p "$BUILD"
  trap 'rm -rf "$BUILD"' EXIT

  install_host_packages
  unpack_current
  unpack_debian_12
  unpack_foreign
  link_programs
  write_container_settings
  rm -rf "$E2E_DIR" "$BUILD/apt"
  mv "$BUILD" "$E2E_DIR"
  local versions
  versions=$(versions)
  say "ready: $E2E_DIR, with $versions"
  stamp >"$E2E_DIR/.ready"
}

# The tools contain the path of their folder, so another folder or another version of these scripts needs new tools.
stamp() { printf '%s %s\n' "$E2E_DIR" "$(cat "$E2E/setup.sh" "$E2E/lib/apt.sh" | sha256sum)"; }
is_ready() { [ "$(cat "$E2E_DIR/.ready" 2>/dev/null)" = "$(stamp)" ]; }

versions() {
  local current old
  current=$("$E2E_DIR/bin/nix" --version)
  old=$("$E2E_DIR/debian-12/bin/nix" --version)
  printf '%s and %s' "$current" "$old"
}

install_host_packages() {
  local missing=()
  for package in "${HOST_PACKAGES[@]}"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} = 0 ] && return
  say "apt: ${missing[*]}"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
}

unpack_current() {
  for suite in "${CURRENT_SUITES[@]}"; do
    say "unpacking Debian $suite"
    # errexit is off in a condition, so the steps of this function are joined with &&.
    if unpack "$suite" current "${CURRENT_PACKAGES[@]}" && programs_run current; then
      patch_programs current
      return
    fi
    say "Debian $suite cannot be installed or its programs do not start"
  done
  die "no Debian suite could be unpacked (${CURRENT_SUITES[*]})"
}

unpack_debian_12() {
  say 'unpacking Debian bookworm'
  unpack bookworm debian-12 "${DEBIAN_12_PACKAGES[@]}" || die 'Debian bookworm could not be unpacked'
  patch_programs debian-12
}

# Static programs for both systems, and QEMU to run the aarch64 ones.
unpack_foreign() {
  say 'unpacking QEMU and static programs'
  open_suite trixie
  download_only trixie qemu-user busybox-static busybox-static:arm64 || die 'QEMU could not be downloaded'
  mkdir -p "$BUILD/qemu" "$BUILD/static/x86_64-linux" "$BUILD/static/aarch64-linux"
  member qemu-user amd64 usr/bin/qemu-aarch64 "$BUILD/qemu/qemu-aarch64-static"
  member busybox-static amd64 usr/bin/busybox "$BUILD/static/x86_64-linux/busybox"
  member busybox-static arm64 usr/bin/busybox "$BUILD/static/aarch64-linux/busybox"
  close_suite trixie
}

# unpack SUITE NAME PACKAGE…: unpacks the packages and their dependencies into $BUILD/NAME/root. No maintainer script runs.
unpack() {
  local suite=$1 root=$BUILD/$2/root
  new_root "$root" && open_suite "$suite" && download_closure "$suite" "${@:3}" &&
    find "$BUILD/apt/$suite/var/cache/apt/archives" -maxdepth 1 -name '*.deb' -print0 |
    xargs -0 -n 1 -P "$(nproc)" bash -c 'unpack_one "$@"' unpack "$root" &&
    close_suite "$suite"
}

# Packages from before the /usr merge have files in /bin, /sbin, /lib and /lib64.
new_root() {
  rm -rf "${1:?}" && mkdir -p "$1"/usr/{bin,sbin,lib,lib64} &&
    for place in bin sbin lib lib64; do ln -s "usr/$place" "$1/$place"; done
}

# unpack_one ROOT PACKAGE: unpacks one package without documentation. Perl, systemd and debconf are skipped: the tools do not
# call them.
unpack_one() {
  case ${2##*/} in perl* | libperl* | systemd* | debconf*) return ;; esac
  dpkg-deb --fsys-tarfile "$2" |
    tar -x -C "$1" --keep-directory-symlink --exclude './usr/share/doc' --exclude './usr/share/man' \
      --exclude './usr/share/locale' --exclude './usr/lib/systemd' --exclude './usr/lib/*/perl*' \
      --exclude './usr/lib/*/gconv'
}
export -f unpack_one

# member PACKAGE ARCHITECTURE PATH TARGET: extracts one file from a downloaded package.
member() {
  local deb
  deb=$(find "$BUILD/apt" -name "$1_*_$2.deb" | head -n 1)
  dpkg-deb --fsys-tarfile "$deb" | tar -x -O "./$3" >"$4"
  chmod +x "$4"
}

programs_run() {
  local root=$BUILD/$1/root
  for program in "${MUST_RUN[@]}"; do
    "$root/$LOADER" --argv0 "$program" --library-path "$root/$LIBRARIES" \
      "$root/usr/bin/$program" --help >/dev/null || return 1
  done
}

# Makes the programs use the unpacked loader and libraries, so that they run on any system.
patch_programs() {
  local root=$BUILD/$1/root home=$E2E_DIR/$1/root
  find "$root/usr" -type f -perm -u+x -not -name '*.so*' -print0 |
    while IFS= read -r -d '' program; do
      is_dynamic "$program" || continue
      patchelf --set-interpreter "$home/$LOADER" --force-rpath \
        --set-rpath "$home/$LIBRARIES:$home/$LIBRARIES/systemd:$home/usr/lib/nix" "$program"
    done
  # The rpath of a library would take precedence over the rpath of the program.
  find "$root/usr/lib" -type f -name '*.so*' -print0 |
    while IFS= read -r -d '' library; do
      [ -z "$(patchelf --print-rpath "$library" 2>/dev/null)" ] || patchelf --remove-rpath "$library"
    done
}

is_dynamic() {
  [ "$(head -c 4 "$1" | tr -d '\0')" = $'\x7fELF' ] && patchelf --print-interpreter "$1" >/dev/null 2>&1
}

# bin: all programs. tools: all programs except Nix. debian-12/bin: Nix and the registry of Debian 12.
link_programs() {
  mkdir -p "$BUILD"/{bin,tools,debian-12/bin}
  for program in skopeo podman oras crane umoci crun conmon catatonit zstd docker-registry \
    docker dockerd runc containerd containerd-shim-runc-v2 ctr; do
    link_program "$program" tools && link_program "$program" bin
  done
  for nix in "$BUILD"/current/root/usr/bin/nix*; do link_program "$(basename "$nix")" bin; done
  for nix in "$BUILD"/debian-12/root/usr/bin/{nix*,docker-registry}; do
    ln -s "../root/usr/bin/$(basename "$nix")" "$BUILD/debian-12/bin/"
  done
  ln -s qemu-aarch64-static "$BUILD/qemu/qemu-aarch64"
}

link_program() {
  for place in usr/bin usr/sbin; do
    if [ -e "$BUILD/current/root/$place/$1" ]; then
      ln -s "../current/root/$place/$1" "$BUILD/$2/$1"
      return
    fi
  done
}

# Settings for podman and skopeo: where podman finds its helpers, and a policy that accepts unsigned images.
write_container_settings() {
  local tools=$E2E_DIR/tools
  mkdir -p "$BUILD/etc"
  printf '{"default":[{"type":"insecureAcceptAnything"}]}\n' >"$BUILD/etc/policy.json"
  cat >"$BUILD/etc/registries.conf" <<END
unqualified-search-registries = []
END
  cat >"$BUILD/etc/containers.conf" <<END
[engine]
runtime = "crun"
conmon_path = ["$tools/conmon"]
helper_binaries_dir = ["$E2E_DIR/current/root/usr/lib/podman", "$tools"]
cgroup_manager = "cgroupfs"
events_logger = "file"
[engine.runtimes]
crun = ["$tools/crun"]
END
}

main "$@"

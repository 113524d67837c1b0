# shellcheck shell=bash
# Downloads Debian packages. Sourced after common.sh. $BUILD is the working folder. From open_suite to close_suite, the files of
# apt are in $BUILD/apt/SUITE.

# Runs an apt command on an empty system in $BUILD: the packages of this machine are not read or changed.
apt_in() {
  local root=$BUILD/apt/$1
  shift
  "$1" -qq -o Dir="$root" -o Dir::State::status="$root/var/lib/dpkg/status" -o APT::Sandbox::User=root \
    -o APT::Architecture=amd64 -o APT::Architectures::=amd64 -o APT::Architectures::=arm64 \
    -o APT::Install-Recommends=false -o Acquire::Languages=none -o Acquire::Retries=2 "${@:2}"
}

open_suite() {
  local root=$BUILD/apt/$1
  local keys=/usr/share/keyrings/debian-archive-keyring.gpg
  mkdir -p "$root"/etc/apt/{apt.conf.d,preferences.d,sources.list.d} \
    "$root"/var/{lib/dpkg,lib/apt/lists/partial,cache/apt/archives/partial}
  : >"$root/var/lib/dpkg/status"
  local mirror
  mirror=$(debian_mirror)
  printf 'deb [signed-by=%s] %s %s main\n' "$keys" "$mirror" "$1" >"$root/etc/apt/sources.list"
  apt_in "$1" apt-get update
}

close_suite() { rm -rf "${BUILD:?}/apt/$1"; }

# Packages that a suite does not have are skipped.
download_closure() {
  local known=() suite=$1
  shift
  for package; do
    if apt_in "$suite" apt-cache show "$package" >/dev/null 2>&1; then known+=("$package"); fi
  done
  apt_in "$suite" apt-get install -y --download-only "${known[@]}" >&2
}

download_only() {
  local suite=$1
  shift
  (cd "$BUILD/apt/$suite/var/cache/apt/archives" && apt_in "$suite" apt-get download "$@" >&2)
}

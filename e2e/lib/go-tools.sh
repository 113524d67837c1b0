#!/usr/bin/env bash
# go-tools.sh: makes programs that are there as Go modules only, once; a second call finds them done.
#
# act runs workflows, and actionlint checks them; zot is a registry, and conformance is what OCI's distribution specification
# asks of one. All are held against Go's checksum database, and end in .e2e/go-tools. A Go that is too old for them, or none,
# is no obstacle: Debian's newest is then unpacked for the time it takes.
set -euo pipefail
shopt -s inherit_errexit
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source-path=SCRIPTDIR source=apt.sh
. "$(dirname "$0")/apt.sh"

MODULES=(github.com/nektos/act@v0.2.87 github.com/rhysd/actionlint/cmd/actionlint@v1.7.12)
# These are built from within, since `go install` does not heed what a go.mod says beside its requirements: the name of the
# program, the module, and how it is built. zot's newer versions have other names, which not every proxy of modules knows; of
# the conformance suite, which has no releases, this is the newest that the checksum database answers for.
SOURCES=(
  'zot github.com/project-zot/zot@v1.4.3 build -tags containers_image_openpgp ./cmd/zot'
  'conformance github.com/opencontainers/distribution-spec/conformance@v0.0.0-20230516164017-7fcdf80f3c8b test -c .'
)
# The newest that one of them asks for.
GO_AT_LEAST=1.25
GO_SUITES=(sid trixie-backports)

DIR=$E2E_DIR/go-tools

main() {
  is_ready && return
  mkdir -p "$E2E_DIR"
  exec 9<"$E2E_DIR"
  flock 9
  is_ready && return
  BUILD=$DIR.new
  rm -rf "$BUILD"
  mkdir -p "$BUILD/bin"
  trap 'rm -rf "$BUILD"' EXIT

  local go
  go=$(command -v go || true)
  is_new_enough "$go" || go=$(unpack_go)
  export CGO_ENABLED=0 GOTOOLCHAIN=local GOFLAGS='-trimpath -buildvcs=false'
  for module in "${MODULES[@]}"; do
    say "go install $module"
    GOBIN=$BUILD/bin "$go" install "$module"
  done
  for source in "${SOURCES[@]}"; do
    # shellcheck disable=SC2086
    build_source "$go" $source
  done
  stamp >"$BUILD/bin/.ready"
  rm -rf "$DIR"
  mv "$BUILD/bin" "$DIR"
}

# build_source GO NAME MODULE ARGUMENT…
build_source() {
  local go=$1 name=$2 module=$3 place
  say "go $4 $module"
  # Out of any module, and so held against the checksum database.
  place=$(cd "$BUILD" && "$go" mod download -json "$module" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
  # Modules are kept read only, and Go writes into the one that it builds.
  cp -r --no-preserve=mode "$place" "$BUILD/$name"
  (cd "$BUILD/$name" && "$go" "$4" -ldflags '-s -w' -o "$BUILD/bin/$name" "${@:5}")
}

stamp() { printf '%s\n' "${MODULES[@]}" "${SOURCES[@]}"; }
is_ready() { [ "$(cat "$DIR/.ready" 2>/dev/null)" = "$(stamp)" ]; }

is_new_enough() {
  local version
  [ -n "$1" ] && version=$("$1" env GOVERSION) &&
    printf '%s\n' "$GO_AT_LEAST" "${version#go}" | sort -V -C
}

# Prints the path of a Go out of Debian packages: it knows its own place, and needs no C compiler here.
unpack_go() {
  local suite go
  for suite in "${GO_SUITES[@]}"; do
    say "unpacking Go of Debian $suite"
    # Called as a condition, so errexit is off inside: each step there says && itself.
    if unpack_suite "$suite" >&2; then
      for go in "$BUILD"/usr/lib/go-*/bin/go; do
        if is_new_enough "$go"; then printf '%s\n' "$go" && return; fi
      done
    fi
  done
  die "no Go of version $GO_AT_LEAST or newer"
}

unpack_suite() {
  local deb
  open_suite "$1" && download_closure "$1" golang-go || return
  for deb in "$BUILD/apt/$1"/var/cache/apt/archives/golang-*.deb; do
    dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$BUILD" --exclude './usr/share/doc' || return
  done
  close_suite "$1"
}

main "$@"

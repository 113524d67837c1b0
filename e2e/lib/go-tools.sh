#!/usr/bin/env bash
# go-tools.sh: builds the programs that Debian does not have, from Go modules, and store-layer, which is in this folder. Does
# nothing if they are up to date.
#
# act runs workflows, actionlint checks workflows, cosign verifies signatures, zot and distribution 3 are registries, and
# conformance is the conformance suite of OCI's distribution specification. All modules are verified against Go's checksum
# database. The programs are put in .e2e/go-tools. If Go is missing or too old, the newest Go in Debian is unpacked and deleted
# after the build.
set -euo pipefail
shopt -s inherit_errexit
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source-path=SCRIPTDIR source=apt.sh
. "$(dirname "$0")/apt.sh"

MODULES=(github.com/nektos/act@v0.2.87 github.com/rhysd/actionlint/cmd/actionlint@v1.7.12
  github.com/sigstore/cosign/v3/cmd/cosign@v3.1.3)
# Each line is the program's name, the module, and the build command. These are built in the module's folder, because `go install`
# refuses a module whose go.mod has `replace` directives. zot: newer versions have another module name, which not every module
# proxy knows. distribution-3: its module contains only a part of the vendored packages, hence -mod=mod. conformance: it has no
# releases; this is the newest commit that the checksum database contains.
SOURCES=(
  'zot github.com/project-zot/zot@v1.4.3 build -tags containers_image_openpgp ./cmd/zot'
  'distribution-3 github.com/distribution/distribution/v3@v3.0.0 build -mod=mod ./cmd/registry'
  'conformance github.com/opencontainers/distribution-spec/conformance@v0.0.0-20230516164017-7fcdf80f3c8b test -c .'
)
# The newest version that one of the modules requires.
GO_AT_LEAST=1.26
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
  say 'go build store-layer'
  (cd "$E2E/lib/store-layer" && "$go" build -ldflags '-s -w' -o "$BUILD/bin/store-layer" .)
  stamp >"$BUILD/bin/.ready"
  rm -rf "$DIR"
  mv "$BUILD/bin" "$DIR"
}

# build_source GO NAME MODULE ARGUMENT…
build_source() {
  local go=$1 name=$2 module=$3 place
  say "go $4 $module"
  # Run outside of a module, so that the download is verified against the checksum database.
  place=$(cd "$BUILD" && "$go" mod download -json "$module" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
  # The module cache is read-only, and Go writes into the module that it builds.
  cp -r --no-preserve=mode "$place" "$BUILD/$name"
  (cd "$BUILD/$name" && "$go" "$4" -ldflags '-s -w' -o "$BUILD/bin/$name" "${@:5}")
}

stamp() { printf '%s\n' "${MODULES[@]}" "${SOURCES[@]}" && sha256sum <"$E2E/lib/store-layer/main.go"; }
is_ready() { [ "$(cat "$DIR/.ready" 2>/dev/null)" = "$(stamp)" ]; }

is_new_enough() {
  local version
  [ -n "$1" ] && version=$("$1" env GOVERSION) &&
    printf '%s\n' "$GO_AT_LEAST" "${version#go}" | sort -V -C
}

# Unpacks Go from Debian packages and prints its path. Go finds its own files relative to its path, and CGO_ENABLED=0 needs no C
# compiler.
unpack_go() {
  local suite go
  for suite in "${GO_SUITES[@]}"; do
    say "unpacking Go of Debian $suite"
    # errexit is off in a condition, so the steps of this function are joined with &&.
    if unpack_suite "$suite" >&2; then
      for go in "$BUILD"/usr/lib/go-*/bin/go; do
        if is_new_enough "$go"; then printf '%s\n' "$go" && return; fi
      done
    fi
  done
  die "Debian (${GO_SUITES[*]}) has no Go $GO_AT_LEAST or newer"
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

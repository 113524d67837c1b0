#!/usr/bin/env bash
# run.sh [--runs N] [SCENARIO]…: compares nix-multiarch with its peers. See README.md. Needs root.
# Without SCENARIO, all scenarios are run and RESULTS.md is written. With SCENARIO, the tables are only printed.
set -euo pipefail
cd "$(dirname "$0")/.."
bench=$PWD/.e2e-bench

main() {
  bash e2e/setup.sh
  install_for /usr/bin/time time
  install_for ip iproute2
  mkdir -p "$bench"
  exec 9<"$bench"
  flock 9
  bash bench/input.sh "$bench"
  bash bench/stream.sh "$bench"
  bash bench/tarball.sh "$bench"
  trap 'rm -rf "$bench"/{runs,containers}' EXIT
  rm -rf "${bench:?}"/{lib,dist,cached,bin,runs,containers}
  mkdir -p "$bench"/{bin,runs}
  take_programs
  node_modules/.bin/tsc -p bench/tsconfig.json
  # A new network namespace: only the measured programs and the registry use its loopback.
  bash e2e/lib/machine.sh --emulate "$bench/machine" unshare --net \
    bash bench/inside.sh "$bench" node "$bench/lib/main.js" "$@"
}

install_for() { command -v "$1" >/dev/null || apt-get install -y -qq --no-install-recommends "$2" >&2; }

# A copy, so that a rebuild of dist/ during the benchmark does not change what is measured.
take_programs() {
  cp -r dist "$bench/dist"
  mkdir -p "$bench/cached/bin"
  cp bench/cached/flake.nix "$bench/cached/"
  cp .e2e/static/x86_64-linux/busybox "$bench/cached/bin/"
  ln -s ../dist/cli/index.js "$bench/bin/nix-multiarch"
  ln -s "$(realpath node_modules/.bin/node)" "$bench/bin/node"
}

main "$@"

#!/usr/bin/env bash
# run.sh [--runs N] [SCENARIO]…: measures nix-multiarch and its peers side by side. See README.md; needs root.
# All scenarios: the tables go to RESULTS.md. Some of them: to standard output only.
set -euo pipefail
cd "$(dirname "$0")/.."
bench=$PWD/.e2e-bench

bash e2e/setup.sh
command -v /usr/bin/time >/dev/null || apt-get install -y -qq --no-install-recommends time >&2
bash bench/input.sh "$bench"

# What is measured does not change when somebody builds meanwhile.
rm -rf "$bench"/{lib,cli,bin,runs}
mkdir -p "$bench"/{bin,runs}
cp -r dist/cli "$bench/cli"
ln -s ../cli/index.js "$bench/bin/nix-multiarch"
ln -s "$(realpath node_modules/.bin/node)" "$bench/bin/node"
node_modules/.bin/tsc -p bench/tsconfig.json

# A network of its own: what goes over its loopback is the measured programs' and the registry's alone.
exec bash e2e/lib/machine.sh --emulate "$bench/machine" unshare --net \
  bash bench/inside.sh "$bench" "$bench/bin/node" "$bench/lib/main.js" "$@"

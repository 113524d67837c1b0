#!/usr/bin/env bash
# Compiles the committed WebAssembly and the programs in examples/hello/bin again, with the compiler that they were made with.
# Fails if one byte differs.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"

bash "$E2E/lib/clang.sh"
export PATH=$E2E_DIR/clang/bin:$PATH
cd "$E2E/.."
node scripts/wasm.js --check

built=$(mktemp -d)
trap 'rm -rf "$built"' EXIT
sh examples/hello/build.sh "$built"
diff -r "$built" examples/hello/bin || die 'examples/hello/bin differs from what hello.c gives: run examples/hello/build.sh'
say 'The programs in examples/hello/bin match hello.c'

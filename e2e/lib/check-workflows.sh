#!/usr/bin/env bash
# Checks the workflows in .github/workflows and examples/workflows with actionlint.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"

bash "$E2E/lib/go-tools.sh"
cd "$E2E/.."
"$E2E_DIR/go-tools/actionlint" .github/workflows/*.yml examples/workflows/*.yml

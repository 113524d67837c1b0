#!/usr/bin/env bash
# Checks the workflows in .github/workflows, in examples/workflows and in the documentation with actionlint.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"

bash "$E2E/lib/go-tools.sh"
cd "$E2E/.."
pages=$(mktemp -d)
trap 'rm -rf "$pages"' EXIT
node e2e/lib/workflow-blocks.mjs "$pages" README.md docs/*.md
# Forgejo and Gitea take actions from an address, and have other labels than GitHub.
sed -i 's#uses: https://github.com/#uses: #' "$pages"/other-ci-*.yml
"$E2E_DIR/go-tools/actionlint" -ignore 'label "amd64" is unknown' .github/workflows/*.yml examples/workflows/*.yml "$pages"/*.yml

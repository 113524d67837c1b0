#!/usr/bin/env bash
# run.sh [JEST ARGUMENT]…: prepares the tools, then runs the end-to-end tests against the committed bundles. Needs root.
set -euo pipefail
cd "$(dirname "$0")/.."

bash e2e/setup.sh
bash e2e/lib/go-tools.sh
npm ci --silent --ignore-scripts --prefix e2e/node-floor
NODE_OPTIONS=--experimental-vm-modules node_modules/.bin/jest --config e2e/jest.config.js "$@"

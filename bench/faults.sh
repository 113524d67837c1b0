#!/usr/bin/env bash
# faults.sh [--schedules N] [--from SEED]: runs pushes of nix-multiarch and its peers with the same injected faults, and prints
# the outcomes as a Markdown table. The faults are those of e2e/support/fault-schedule.ts. A hundred schedules take about five
# minutes, mostly waiting. Has the same requirements as the end-to-end tests.
set -euo pipefail
cd "$(dirname "$0")/.."

bash e2e/setup.sh
rm -rf .e2e-bench/faults
node_modules/.bin/tsc -p bench/faults/tsconfig.json
exec node_modules/.bin/node .e2e-bench/faults/bench/faults/main.js "$@"

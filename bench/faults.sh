#!/usr/bin/env bash
# faults.sh [--schedules N] [--from SEED]: lets nix-multiarch and its peers push on the same bad days, and prints a table of
# what became of it, as Markdown. The troubles are those of e2e/support/fault-schedule.ts. A hundred schedules take about
# five minutes, mostly of waiting. Needs what the end-to-end tests need.
set -euo pipefail
cd "$(dirname "$0")/.."

bash e2e/setup.sh
rm -rf .e2e-bench/faults
node_modules/.bin/tsc -p bench/faults/tsconfig.json
exec node_modules/.bin/node .e2e-bench/faults/bench/faults/main.js "$@"

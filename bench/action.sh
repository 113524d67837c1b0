#!/usr/bin/env bash
# action.sh VARIANT: runs the build action and its post step like a runner. The archive is written to ./out. Uses the variables
# $RELEASE_URL, $RELEASE_SHA256, $ACTIONS_… and $BENCH_FOLDER.
set -euo pipefail
step=$TMPDIR/step
mkdir -p "$step" flake
cp -r "$BENCH_FOLDER/cached/." flake/
printf '%s' "$1" >flake/variant
for name in OUTPUT ENV PATH STATE STEP_SUMMARY; do
  : >"$step/$name"
  export "GITHUB_$name=$step/$name"
done
export GITHUB_ACTIONS=true RUNNER_TEMP=$TMPDIR RUNNER_TOOL_CACHE=$TMPDIR/tools GITHUB_WORKSPACE=$PWD

env INPUT_FLAKE=path:flake INPUT_OUTPUT=out INPUT_CACHE="${CACHE:-true}" 'INPUT_NIX-CONF=substituters =' \
  "INPUT_NIX-URL=$RELEASE_URL" "INPUT_NIX-SHA256=$RELEASE_SHA256" node "$BENCH_FOLDER/dist/build/index.js"

# Reads the state of the main step for the post step. Format: name<<end, lines, end.
while IFS= read -r line; do
  name=${line%%<<*} end=${line#*<<} value=''
  while IFS= read -r line && [ "$line" != "$end" ]; do value+=${value:+$'\n'}$line; done
  export "STATE_$name=$value"
done <"$step/STATE"
node "$BENCH_FOLDER/dist/post/index.js"

#!/usr/bin/env bash
# check-sboms.sh FILE…: judges SBOMs with the programs of others. CycloneDX files are compared with the schema of CycloneDX, SPDX
# files are validated by spdx-tools, and by ntia-conformance-checker for the minimum elements of NTIA. Fails if one is wrong.
#
# The programs are installed from PyPI into .e2e/check-sboms, with the versions and hashes in check-sboms.txt.
set -euo pipefail
shopt -s inherit_errexit
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"

LIST=$E2E/lib/check-sboms.txt
DIR=$E2E_DIR/check-sboms

main() {
  exec 9<"$E2E_DIR"
  flock 9
  is_ready || install_programs
  exec 9<&-
  "$DIR/bin/python" "$E2E/lib/check-sboms.py" "$@"
}

install_programs() {
  say 'the programs that judge SBOMs, from PyPI'
  rm -rf "$DIR"
  if ! python3 -m venv "$DIR" >&2; then
    need_root
    apt-get install -y -qq --no-install-recommends python3-venv >&2
    python3 -m venv "$DIR" >&2
  fi
  "$DIR/bin/pip" install --quiet --disable-pip-version-check --require-hashes --only-binary :all: \
    -r "$LIST" >&2
  stamp >"$DIR/.ready"
}

stamp() { sha256sum <"$LIST"; }
is_ready() { [ "$(cat "$DIR/.ready" 2>/dev/null)" = "$(stamp)" ]; }

main "$@"

#!/usr/bin/env bash
# check-sboms.sh FILE…: judges SBOMs with the programs of others. CycloneDX files are compared with the schema of CycloneDX, SPDX
# files are validated by spdx-tools, and by ntia-conformance-checker for the minimum elements of NTIA. Fails if one is wrong.
#
# The programs are installed from PyPI into .e2e/check-sboms, with the versions and hashes in check-sboms.txt.
set -euo pipefail
shopt -s inherit_errexit
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source-path=SCRIPTDIR source=python.sh
. "$(dirname "$0")/python.sh"

DIR=$E2E_DIR/check-sboms

install_python "$DIR" "$E2E/lib/check-sboms.txt"
"$DIR/bin/python" "$E2E/lib/check-sboms.py" "$@"

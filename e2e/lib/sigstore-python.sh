#!/usr/bin/env bash
# sigstore-python.sh ARGUMENT…: runs sigstore-python, the reference client of Sigstore in Python.
#
# It is installed from PyPI into .e2e/sigstore-python, with the versions and hashes in sigstore-python.txt.
set -euo pipefail
shopt -s inherit_errexit
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source-path=SCRIPTDIR source=python.sh
. "$(dirname "$0")/python.sh"

DIR=$E2E_DIR/sigstore-python

install_python "$DIR" "$E2E/lib/sigstore-python.txt"
exec "$DIR/bin/sigstore" "$@"

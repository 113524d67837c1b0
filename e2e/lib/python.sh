# shellcheck shell=bash
# install_python DIR LIST: installs programs from PyPI into a virtual environment, with the versions and hashes in LIST. Does
# nothing if they are up to date. Needs common.sh. Only one process installs at a time.
install_python() {
  exec 9<"$E2E_DIR"
  flock 9
  [ "$(cat "$1/.ready" 2>/dev/null)" = "$(sha256sum <"$2")" ] || install_list "$1" "$2"
  exec 9<&-
}

install_list() {
  say "programs of $(basename "$2"), from PyPI"
  rm -rf "$1"
  if ! python3 -m venv "$1" >&2; then
    need_root
    apt-get install -y -qq --no-install-recommends python3-venv >&2
    python3 -m venv "$1" >&2
  fi
  "$1/bin/pip" install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r "$2" >&2
  sha256sum <"$2" >"$1/.ready"
}

#!/usr/bin/env bash
# run-image.sh [--with podman|umoci] PLATFORM IMAGE [argument]…
#
# Runs the entry point of an image and passes its output and exit code on. PLATFORM is linux/amd64 or linux/arm64.
# IMAGE is the file of an OCI archive, or host:port/name:tag in a registry (plain HTTP on localhost).
# podman runs a container; umoci unpacks the image and enters it with chroot.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"

main() {
  case ${1:-} in
    --inside) shift && "run_with_$1" "${@:2}" ;;
    *) outside "$@" ;;
  esac
}

outside() {
  local with=podman
  if [ "${1:-}" = --with ]; then with=$2 && shift 2; fi
  case $with in podman | umoci) ;; *) die "unknown --with $with" ;; esac
  [ $# -ge 2 ] || die 'needs a platform and an image: see the top of this file'
  local platform=$1 image dir
  image=$(transport "$2")
  dir=$(mktemp -d)
  # shellcheck disable=SC2064
  trap "rm -rf '$dir'" EXIT
  "$(dirname "$0")/machine.sh" --nix current --emulate "$dir" \
    "$BASH" "$0" --inside "$with" "$platform" "$image" "${@:3}"
}

transport() {
  if [ -f "$1" ]; then printf 'oci-archive:%s\n' "$(realpath "$1")"; else printf 'docker://%s\n' "$1"; fi
}

# With --uidmap podman makes a user namespace: in one, crun bind-mounts devices. Here it is not allowed to create device nodes.
run_with_podman() {
  local options=(--rm --quiet --network none --cgroups=disabled --platform "$1"
    --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 --uidmap 0:0:65536 --gidmap 0:0:65536)
  case $2 in docker://*) options+=(--tls-verify=false) ;; esac
  podman --storage-driver vfs --root "$TMPDIR/images" --runroot "$TMPDIR/run" run "${options[@]}" "${@:2}"
}

run_with_umoci() {
  local bundle=$TMPDIR/bundle environment=() command=()
  skopeo copy --quiet --src-tls-verify=false --override-os "${1%%/*}" --override-arch "${1#*/}" \
    "$2" "oci:$TMPDIR/layout:it" >&2
  umoci unpack --image "$TMPDIR/layout:it" "$bundle" >&2
  mapfile -t environment < <(process_of "$bundle" env)
  mapfile -t command < <(process_of "$bundle" args)
  # umoci joins the entry point and the command into one list, so arguments are appended instead of replacing the command.
  env -i "${environment[@]}" "$(command -v chroot)" "$bundle/rootfs" "${command[@]}" "${@:3}"
}

# process_of BUNDLE env|args: prints a list of the bundle's process configuration, newline-separated.
process_of() {
  node -e 'const [file, list] = process.argv.slice(1)
    for (const item of JSON.parse(require("node:fs").readFileSync(file)).process[list]) console.log(item)' \
    "$1/config.json" "$2"
}

main "$@"

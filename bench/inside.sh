#!/usr/bin/env bash
# inside.sh FOLDER command…: run by run.sh on the machine of the benchmark. The layer caches of podman, skopeo and buildah are in
# FOLDER/containers, and are deleted before each run.
set -euo pipefail
bench=$1
mkdir -p "$bench/containers" /var/lib/containers
mount --bind "$bench/containers" /var/lib/containers
ip link set lo up
# Without another address, Nix assumes that it is offline and does not use binary caches, not even local ones.
ip address add 192.0.2.1/32 dev lo
export PATH=$bench/bin:$PATH BENCH_FOLDER=$bench
exec "${@:2}"

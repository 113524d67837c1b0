#!/usr/bin/env bash
# inside.sh FOLDER command…: runs on the bench machine, by run.sh alone. What podman, skopeo and buildah remember of
# layers lies in FOLDER/containers, where it is forgotten before each run.
set -euo pipefail
bench=$1
mkdir -p "$bench/containers" /var/lib/containers
mount --bind "$bench/containers" /var/lib/containers
ip link set lo up
# Nix takes nothing from caches, local ones neither, where the loopback's usual address is the only one.
ip address add 192.0.2.1/32 dev lo
export PATH=$bench/bin:$PATH BENCH_FOLDER=$bench
exec "${@:2}"

#!/bin/sh
# The podman of a machine (lib/machine.sh): with settings that work in its user namespace. PODMAN is the real program.
storage="--storage-driver vfs --root $TMPDIR/podman --runroot $TMPDIR/podman-run"
case $1 in
  run)
    shift
    exec "$PODMAN" $storage run --cgroups=disabled --uidmap 0:0:65536 --gidmap 0:0:65536 \
      --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 "$@"
    ;;
  *) exec "$PODMAN" $storage "$@" ;;
esac

#!/usr/bin/env bash
# bare.sh FOLDER: run by place.ts in namespaces of its own. Makes it a machine without Nix, whose state lies in FOLDER: an empty
# /nix, a copy of /etc, homes, a /run with the mark of systemd, and stand-ins for systemd's programs. Prints a line when it is done,
# and ends with its standard input.
set -euo pipefail
folder=$1

mkdir -p "$folder"/{nix,root,bin,top/.old}

# Runners are no containers, and where this machine is one, a file in its root folder says so: a root folder with all else.
# pivot_root and not chroot: a sandbox needs a true root.
mount --bind "$folder/top" "$folder/top"
for entry in /*; do
  if [ -L "$entry" ]; then ln -s "$(readlink "$entry")" "$folder/top$entry"; fi
  if [ -d "$entry" ] && [ ! -L "$entry" ]; then
    mkdir -p "$folder/top$entry"
    mount --rbind "$entry" "$folder/top$entry"
  fi
done
mkdir -p "$folder/top/nix"
cd "$folder/top"
pivot_root . .old
umount -l /.old

cp -a /etc "$folder/etc"
rm -rf "$folder/etc/nix" "$folder"/etc/sudoers*
sed -i '/^nixbld/d' "$folder"/etc/{passwd,group,shadow,gshadow}
printf '%s\n' 'Defaults env_reset, !lecture' 'root ALL=(ALL) ALL' 'runner ALL=(ALL) NOPASSWD: SETENV: ALL' >"$folder/etc/sudoers"
chmod 440 "$folder/etc/sudoers"
mount --bind "$folder/nix" /nix
mount --bind "$folder/etc" /etc
mount --bind "$folder/root" /root
# A Nix of this system is not there.
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin
for program in $(type -aP nix nix-daemon nix-env nix-store nix-build); do
  mount --bind /dev/null "$(realpath "$program")"
done
# First in every PATH, also in the one that /etc/profile sets.
mount --bind "$folder/bin" /usr/local/sbin
mount -t tmpfs -o mode=755 none /run
mount -t tmpfs -o mode=755 none /var/log
mkdir -p /run/systemd/system

# The installer asks for these three things; a service that was started is not waited for, as with systemd.
cat >"$folder/bin/systemctl" <<'END'
#!/bin/sh
case "$*" in
  'restart nix-daemon.service') setsid /nix/var/nix/profiles/default/bin/nix-daemon --daemon </dev/null >/run/nix-daemon.log 2>&1 & ;;
  is-enabled*) exit 1 ;;
esac
END
printf '#!/bin/sh\nmkdir -p /nix/var/nix/daemon-socket\n' >"$folder/bin/systemd-tmpfiles"
chmod +x "$folder"/bin/*
echo ready
cat >/dev/null

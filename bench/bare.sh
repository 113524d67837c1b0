#!/usr/bin/env bash
# bare.sh FOLDER: run by place.ts in new namespaces. Makes them a machine without Nix, with its state in FOLDER: an empty /nix,
# a copy of /etc, homes, a /run that looks like systemd's, and stand-ins for systemd's programs. Prints a line when it is ready.
# Ends when its standard input ends.
set -euo pipefail
folder=$1

mkdir -p "$folder"/{nix,root,bin,top/.old}

# A root folder with all folders but not the files of the real one: a file such as /.dockerenv would make programs detect a
# container, which a runner is not. pivot_root instead of chroot: Linux refuses to create a user namespace in a chroot, and Nix
# needs one for its sandbox.
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
# Hide a Nix of this system.
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin
for program in $(type -aP nix nix-daemon nix-env nix-store nix-build); do
  mount --bind /dev/null "$(realpath "$program")"
done
# /usr/local/sbin is the first folder in PATH, also after /etc/profile.
mount --bind "$folder/bin" /usr/local/sbin
mount -t tmpfs -o mode=755 none /run
mount -t tmpfs -o mode=755 none /var/log
mkdir -p /run/systemd/system

# The installer calls only these. As with systemd, starting a service does not wait until it is ready.
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

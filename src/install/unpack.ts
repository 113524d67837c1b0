import { readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '../util/error.js'
import type { ExecResult } from '../util/exec.js'
import { isExecutable } from '../util/files.js'
import { type Privileges, runAsRoot } from '../util/root.js'

/** Store paths of what was put into the store. */
export interface UnpackedNix {
  readonly nix: string
  /** With certificates of authorities, for machines that have none. */
  readonly cacert: string | undefined
}

/**
 * Unpacks a verified tarball into Nix's folder and registers what is in it. When that fails, or is aborted, nothing of it
 * stays behind. Throws a `UserError` that says what was in the way.
 */
export async function unpackRelease(
  tarball: string,
  folder: string,
  rights: Privileges,
  signal: AbortSignal,
): Promise<UnpackedNix> {
  const result = await runAsRoot(rights, 'sh', ['-c', PLACE_SCRIPT, 'place', folder, tarball], { signal })
  const named = (what: string): string | undefined =>
    new RegExp(`^${what} (.+)$`, 'm').exec(result.stdout)?.[1]
  const nix = named('nix')
  if (result.code !== 0 || nix === undefined) throw explained(tarball, folder, result)
  return { nix, cacert: named('cacert') }
}

/** What an earlier run put there; `undefined` where there was none, or it is no longer whole. */
export async function findUnpackedNix(folder: string): Promise<UnpackedNix | undefined> {
  const root = (name: string): Promise<string | undefined> =>
    readlink(join(folder, 'var/nix/gcroots', name)).catch(() => undefined)
  const [nix, cacert] = await Promise.all([root('nix-multiarch'), root('nix-multiarch-cacert')])
  return nix !== undefined && (await isExecutable(join(nix, 'bin/nix-store'))) ? { nix, cacert } : undefined
}

/** What the programs say, what that means, and what to do then. */
const TROUBLES = [
  {
    matches: /no space left|disk quota exceeded/i,
    means: (folder: string) => `there is no room for Nix in ${folder}`,
    hint: 'Free some space on that disk: Nix itself takes about 300 MB, and what it builds comes on top.',
  },
  {
    matches: /read-only file system/i,
    means: (folder: string) => `${folder} is on a disk that is read-only`,
    hint: 'Mount a disk there that can be written.',
  },
  {
    matches: /permission denied|operation not permitted/i,
    means: (folder: string) => `${folder} cannot be written by this user`,
    hint: 'Run this as root or as a user with passwordless sudo, or make /nix belong to this user.',
  },
  {
    matches: /\b(tar|xz|zstd|gzip|sh|mkfifo): (command )?not found|\bsh was not found/i,
    means: () => 'a program that unpacks it is missing',
    hint: 'Install tar and xz (the packages tar and xz-utils, or xz).',
  },
  {
    matches: /no release of Nix|not a tar archive|not in (xz|gzip) format|file format not recognized/i,
    means: () => 'it is no release tarball of Nix',
    hint: 'nix-url must be a mirror of https://releases.nixos.org/nix, or a tarball as it lies there.',
  },
] as const

function explained(tarball: string, folder: string, { code, stderr }: ExecResult): UserError {
  const trouble = TROUBLES.find(({ matches }) => matches.test(stderr))
  const said = stderr.trim().split('\n').slice(-5).join('\n') || `exit code ${code}`
  const why = trouble === undefined ? said : `${trouble.means(folder)}\n${said}`
  return new UserError(`Nix could not be unpacked from ${tarball}: ${why}`, { hint: trouble?.hint })
}

/**
 * A shell script that puts a release's tarball into the store, whole or not at all: what it began is taken back when it
 * fails or is told to end. Its arguments are Nix's folder and the tarball. On standard output it names what came:
 * `nix PATH`, `cacert PATH`.
 *
 * One script, and not one call for each step, since a call through sudo takes longer than most of the steps.
 */
const PLACE_SCRIPT = String.raw`
set -eu
umask 022
nix=$1 tarball=$2
temp=$nix/.nix-multiarch-$$
made_nix= made= moved= unpacking=

undo() {
  code=$?
  trap - EXIT
  trap '' HUP INT TERM
  [ -z "$unpacking" ] || { kill "$unpacking" "$decompressing"; wait; } 2>/dev/null || :
  remove "$temp"
  [ "$code" = 0 ] || take_back 2>/dev/null || :
  exit "$code"
}
remove() {
  [ ! -e "$1" ] || { chmod -R u+w "$1" && rm -rf "$1"; } || :
}
# What others have put into folders of ours stays, and so do the folders.
take_back() {
  for name in $moved; do remove "$nix/store/$name"; done
  for folder in $made; do
    case $folder in
      store) rmdir "$nix/store/.links" ;;
      # Nix's notes on a store that is gone.
      var/nix) [ -e "$nix/store" ] || remove "$nix/var/nix" ;;
    esac
    rmdir "$nix/$folder"
  done
  [ -z "$made_nix" ] || rmdir "$nix"
}
make() {
  [ -d "$nix/$1" ] || { made="$1 $made" && mkdir -p "$nix/$1"; }
}

# The tarball was verified as a whole, so its own checksums need not be.
decompress() {
  exec <"$tarball"
  case $tarball in
    *.tar) exec cat ;;
    *.gz | *.tgz) exec gzip -dc ;;
    *.zst) exec zstd -dc ;;
  esac
  if xz --ignore-check --version >/dev/null 2>&1; then exec xz -dcT0 --ignore-check; else exec xz -dc; fi
}

trap undo EXIT
trap 'exit 143' HUP INT TERM
[ -d "$nix" ] || { mkdir -p "$nix" && made_nix=yes; }
# One at a time, also where the process that began another has ended and left it behind.
if command -v flock >/dev/null; then exec 9<"$nix" && flock 9; fi
for folder in var var/nix var/nix/profiles var/nix/gcroots store; do make "$folder"; done
mkdir -p "$temp"
mkfifo "$temp/.pipe"
# In the background, so that a signal is heard meanwhile.
decompress >"$temp/.pipe" &
decompressing=$!
tar -xof - -C "$temp" <"$temp/.pipe" &
unpacking=$!
wait "$decompressing"
wait "$unpacking"
unpacking=

set -- "$temp"/*/.reginfo
[ -e "$1" ] || { echo "no release of Nix: there is no .reginfo in it" >&2; exit 1; }
release=$(dirname "$1")
found= certificates= plain=
cd "$release/store"
for name in *; do
  [ ! -e "$name/etc/ssl/certs/ca-bundle.crt" ] || certificates=$name
  case $name in
    *-nix-[0-9]*) [ ! -x "$name/bin/nix-store" ] || found=$name ;;
  esac
  [ -e "$nix/store/$name" ] || [ -L "$nix/store/$name" ] || {
    moved="$moved $name"
    [ -L "$name" ] || plain="$plain $name"
  }
done
[ -n "$found" ] || { echo "no release of Nix: there is no nix-store in it" >&2; exit 1; }
# Only root may move a folder that is not writable; in the store nothing is.
[ -z "$plain" ] || chmod u+w $plain
[ -z "$moved" ] || mv $moved "$nix/store/"
cd "$nix/store"
[ -z "$plain" ] || chmod -R a-w $plain

# What is registered stays: a signal that comes now is too late.
trap : HUP INT TERM
env -i HOME="$temp" NIX_CONF_DIR="$temp" NIX_USER_CONF_FILES= "$nix/store/$found/bin/nix-store" --load-db \
  --option fsync-metadata false --option build-users-group '' <"$release/.reginfo"
moved=
if [ ! -e "$nix/var/nix/profiles/default" ]; then
  ln -sfn "$nix/store/$found" "$nix/var/nix/profiles/default-1-link"
  ln -sfn default-1-link "$nix/var/nix/profiles/default"
fi
ln -sfn "$nix/store/$found" "$nix/var/nix/gcroots/nix-multiarch"
[ -z "$certificates" ] || ln -sfn "$nix/store/$certificates" "$nix/var/nix/gcroots/nix-multiarch-cacert"
echo "nix $nix/store/$found"
[ -z "$certificates" ] || echo "cacert $nix/store/$certificates"
`

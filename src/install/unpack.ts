import { readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '../util/error.js'
import type { ExecResult } from '../util/exec.js'
import { isExecutable } from '../util/files.js'
import { nameInput } from '../util/input-name.js'
import { type Privileges, runAsRoot } from '../util/run-as-root.js'
import type { InstallOptions } from './options.js'

/** Store paths of an unpacked release. */
export interface UnpackedNix {
  readonly nix: string
  /** Certificates of authorities, for machines that have none. */
  readonly cacert: string | undefined
}

interface UnpackOptions extends Pick<InstallOptions, 'signal'> {
  readonly privileges: Privileges
}

/**
 * Unpacks a verified tarball into Nix's folder and registers its store paths. Throws a `UserError` with the reason on
 * failure. After a failure or an abort, none of its files remain.
 */
export async function unpackRelease(
  tarball: string,
  folder: string,
  options: UnpackOptions,
): Promise<UnpackedNix> {
  const { privileges, signal } = options
  const args = ['-c', UNPACK_SCRIPT, 'place', folder, tarball]
  const result = await runAsRoot(privileges, 'sh', args, { signal })
  const printedPath = (name: string): string | undefined =>
    new RegExp(`^${name} (.+)$`, 'm').exec(result.stdout)?.[1]
  const nix = printedPath('nix')
  if (result.code !== 0 || nix === undefined) throw describeUnpackFailure(tarball, folder, result)
  return { nix, cacert: printedPath('cacert') }
}

/** Finds the release that an earlier run unpacked. Returns `undefined` if there is none, or if its programs are missing. */
export async function findUnpackedNix(folder: string): Promise<UnpackedNix | undefined> {
  const readRoot = (name: string): Promise<string | undefined> =>
    readlink(join(folder, 'var/nix/gcroots', name)).catch(() => undefined)
  const [nix, cacert] = await Promise.all([readRoot('nix-multiarch'), readRoot('nix-multiarch-cacert')])
  return nix !== undefined && (await isExecutable(join(nix, 'bin/nix-store'))) ? { nix, cacert } : undefined
}

function describeUnpackFailure(tarball: string, folder: string, { code, stderr }: ExecResult): UserError {
  const match = UNPACK_ERRORS.find(({ pattern }) => pattern.test(stderr))
  const output = stderr.trim().split('\n').slice(-5).join('\n') || `exit code ${code}`
  const reason = match === undefined ? output : `${match.describe(folder)}\n${output}`
  return new UserError(`Nix could not be unpacked from ${tarball}: ${reason}`, {
    hint: match?.hint(),
  })
}

/** The messages of the script's programs, with a description and a hint for each. */
const UNPACK_ERRORS = [
  {
    pattern: /no space left|disk quota exceeded/i,
    describe: (folder: string) => `there is not enough space for Nix in ${folder}`,
    hint: () => 'Free some space on that disk. Nix needs about 300 MB, and more space for what it builds.',
  },
  {
    pattern: /read-only file system/i,
    describe: (folder: string) => `the disk of ${folder} is read-only`,
    hint: () => 'Mount a writable disk there.',
  },
  {
    pattern: /permission denied|operation not permitted/i,
    describe: (folder: string) => `this user may not write to ${folder}`,
    hint: () => 'Run this as root or as a user with passwordless sudo, or make this user the owner of /nix.',
  },
  {
    pattern: /\b(tar|xz|zstd|gzip|sh|mkfifo): (command )?not found|\bsh was not found/i,
    describe: () => 'a program for unpacking is missing',
    hint: () => 'Install tar and xz (the packages tar and xz-utils, or xz).',
  },
  {
    pattern: /not a release of Nix|not a tar archive|not in (xz|gzip) format|file format not recognized/i,
    describe: () => 'it is not a release tarball of Nix',
    hint: () =>
      `Set ${nameInput('nix-url')} to a mirror of https://releases.nixos.org/nix, or to the URL of a release tarball.`,
  },
] as const

/**
 * A shell script that moves the content of a release's tarball into the store. It removes its files if it fails or gets a
 * signal. Arguments: Nix's folder and the tarball. Prints the store paths: `nix PATH`, `cacert PATH`.
 *
 * It is one script and not one call for each step, because a call through sudo takes longer than most steps.
 */
const UNPACK_SCRIPT = String.raw`
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
  [ "$code" = 0 ] || roll_back 2>/dev/null || :
  exit "$code"
}
remove() {
  [ ! -e "$1" ] || { chmod -R u+w "$1" && rm -rf "$1"; } || :
}
# Folders that contain other files are not removed.
roll_back() {
  for name in $moved; do remove "$nix/store/$name"; done
  for folder in $made; do
    case $folder in
      store) rmdir "$nix/store/.links" ;;
      # Nix's database of a store that was removed.
      var/nix) [ -e "$nix/store" ] || remove "$nix/var/nix" ;;
    esac
    rmdir "$nix/$folder"
  done
  [ -z "$made_nix" ] || rmdir "$nix"
}
make() {
  [ -d "$nix/$1" ] || { made="$1 $made" && mkdir -p "$nix/$1"; }
}

# The checksums in the tarball need no check, because its SHA-256 was verified.
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
# Locks the folder, because the script of an earlier process may still run after that process ended.
if command -v flock >/dev/null; then exec 9<"$nix" && flock 9; fi
for folder in var var/nix var/nix/profiles var/nix/gcroots store; do make "$folder"; done
mkdir -p "$temp"
mkfifo "$temp/.pipe"
# Runs in the background, because sh handles a signal only between commands or during wait.
decompress >"$temp/.pipe" &
decompressing=$!
tar -xof - -C "$temp" <"$temp/.pipe" &
unpacking=$!
wait "$decompressing"
wait "$unpacking"
unpacking=

set -- "$temp"/*/.reginfo
[ -e "$1" ] || { echo "not a release of Nix: it contains no .reginfo" >&2; exit 1; }
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
[ -n "$found" ] || { echo "not a release of Nix: it contains no nix-store" >&2; exit 1; }
# Only root can move a read-only folder. Everything in the store is read-only, so it is made writable first.
[ -z "$plain" ] || chmod u+w $plain
[ -z "$moved" ] || mv $moved "$nix/store/"
cd "$nix/store"
[ -z "$plain" ] || chmod -R a-w $plain

# From here on the paths are registered and are not removed, so signals are ignored.
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

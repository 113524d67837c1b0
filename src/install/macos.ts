import { UserError } from '../util/error.js'
import { exists } from '../util/files.js'
import { asRoot, type Rights } from '../util/root.js'

/**
 * The root of a Mac is read-only: /nix can only be a mount point that the system makes by itself out of synthetic.conf, with a
 * volume of its own on it. Arguments: the user that it shall belong to.
 */
const SCRIPT = String.raw`
set -eu
grep -qx nix /etc/synthetic.conf 2>/dev/null || printf 'nix\n' >>/etc/synthetic.conf
# It fails where there is nothing new to make.
/System/Library/Filesystems/apfs.fs/Contents/Resources/apfs.util -t || :
disk=$(diskutil info / | sed -n 's/^ *Part of Whole: *//p')
diskutil apfs addVolume "$disk" APFS 'Nix Store' -mountpoint /nix
diskutil enableOwnership /nix || :
mdutil -i off /nix || :
chown "$1" /nix
`

/** Makes /nix on a Mac that has none, for this user. Throws a `UserError` when that takes rights that we have not. */
export async function makeNixVolume(user: string, rights: Rights, folder = '/nix'): Promise<void> {
  if (await exists(folder)) return
  const result = await asRoot(rights, 'sh', ['-c', SCRIPT, 'volume', user])
  if (result.code === 0) return
  throw new UserError(`No volume could be made for /nix: ${result.stderr.trim() || result.stdout.trim()}`, {
    hint: 'It takes root. Run this as a user with passwordless sudo, or install Nix before: it is then used as it is.',
  })
}

import { dirname, join, resolve } from 'node:path'
import { UsageError, UserError } from '../util/error.js'
import { exists } from '../util/files.js'

/** A flake on this machine. */
interface LocalFlake {
  readonly folder: string
  /** Where Nix looks for `flake.nix`: here, here and in the folders above, or in a commit that we do not read. */
  readonly flakeFile: 'here' | 'upwards' | 'committed'
}

/**
 * Checks a flake reference before Nix sees it: it is no option and has no `#`, and a local one has a `flake.nix`.
 * Anything else (`github:owner/name`, `nixpkgs`) is Nix's to judge. Throws a `UserError`.
 */
export async function checkFlakeRef(ref: string, cwd: string): Promise<void> {
  if (ref === '' || ref.startsWith('-')) throw new UsageError(`${JSON.stringify(ref)} is no flake reference`)
  if (ref.includes('#')) {
    throw new UsageError(`The flake reference ${ref} has a #`, {
      hint: 'Give the part before the # as the flake, and the part behind it as containers or as the attribute.',
    })
  }
  const local = localFlake(ref, cwd)
  if (local !== undefined) await checkLocal(ref, local)
}

/** The folder that a bare name such as `tools` may have been meant for, as Nix wants it written: `./tools`. */
export async function meantFolder(ref: string, cwd: string): Promise<string | undefined> {
  const isBare = /^[^./:?][^:?]*$/.test(ref)
  return isBare && (await exists(join(cwd, ref, 'flake.nix'))) ? `./${ref}` : undefined
}

/** The folder that a reference names, in which its `flake.nix` lies or above it; `undefined` when it names none of this machine. */
export function localFolder(ref: string, cwd: string): string | undefined {
  const dir = new URLSearchParams(ref.split('?')[1] ?? '').get('dir') ?? ''
  const local = localFlake(ref, cwd)
  return local && resolve(local.folder, local.flakeFile === 'committed' ? dir : '')
}

/** `undefined` when the reference names no folder of this machine. */
function localFlake(ref: string, cwd: string): LocalFlake | undefined {
  const [path = '', query = ''] = ref.split('?')
  const url = /^(path|git\+file):(?:\/\/)?(.*)$/.exec(path)
  const isPath = /^[./]/.test(path)
  if (url === null && !isPath) return undefined
  const asked = new URLSearchParams(query)
  if (url?.[1] === 'git+file' || asked.has('ref') || asked.has('rev')) {
    return { folder: resolve(cwd, decode(url?.[2] ?? path)), flakeFile: 'committed' }
  }
  const folder = resolve(cwd, decode(url?.[2] ?? path), asked.get('dir') ?? '')
  return { folder, flakeFile: url === null && !asked.has('dir') ? 'upwards' : 'here' }
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

async function checkLocal(ref: string, { folder, flakeFile }: LocalFlake): Promise<void> {
  const hint = 'Give the folder that holds flake.nix.'
  if (!(await exists(folder))) {
    throw new UserError(`The flake ${ref} does not exist: there is no ${folder}`, { hint })
  }
  if (flakeFile === 'committed') return
  const folders = flakeFile === 'here' ? [folder] : [...upwards(folder)]
  for (const each of folders) if (await exists(join(each, 'flake.nix'))) return
  throw new UserError(`There is no flake.nix in ${folder}`, { hint })
}

function* upwards(folder: string): Generator<string> {
  yield folder
  if (dirname(folder) !== folder) yield* upwards(dirname(folder))
}

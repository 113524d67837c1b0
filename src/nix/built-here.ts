import { dirname, join } from 'node:path'
import { UserError } from '../util/error.js'
import { type Exec, exec as realExec } from '../util/exec.js'
import { lastError } from './log.js'
import type { StorePath } from './narinfo.js'
import type { Nix } from './nix.js'
import { type PathInfo, pathInfo } from './path-info.js'

export interface BuiltHereOptions {
  readonly exec?: Exec
  readonly signal?: AbortSignal
}

/**
 * What was built for derivations and came from no cache: they themselves, and all that they are built with, as far as it is
 * in the store. Without sources and derivations.
 */
export async function builtHere(
  nix: Nix,
  derivations: readonly string[],
  options: BuiltHereOptions = {},
): Promise<StorePath[]> {
  if (derivations.length === 0) return []
  const paths = await closureOf(nix, derivations, options)
  const { signal } = options
  const known = await pathInfo(nix, paths, signal ? { signal } : {})
  return known.filter(isFromHere).map(({ ultimate, ...path }) => path)
}

/**
 * Nix notes what it built itself. It does not for what a remote builder built for it, or came from a cache that needs no
 * signatures: those are told from what came from other caches by having none, and from sources by not following from content.
 */
function isFromHere({ ultimate, signatures, ca, deriver }: PathInfo): boolean {
  return ultimate || (signatures.length === 0 && ca === undefined && deriver !== undefined)
}

/** Only the older program can ask for the outputs of all that a derivation is built with. */
async function closureOf(
  nix: Nix,
  derivations: readonly string[],
  { exec = realExec, signal }: BuiltHereOptions,
): Promise<string[]> {
  const args = ['--query', '--requisites', '--include-outputs', ...derivations]
  const result = await exec(join(dirname(nix.command), 'nix-store'), args, signal ? { signal } : {})
  if (result.code !== 0) throw new UserError(`Nix did not tell what was built:\n${lastError(result)}`)
  return result.stdout.split('\n').filter(path => path !== '' && !path.endsWith('.drv'))
}

import { batchPaths, type Nix } from './nix.js'
import { stripControlCodes } from './parse-log-lines.js'

/** Returns the store paths whose content is not what Nix recorded when it added them to the store. Reads all of them. */
export async function findChangedPaths(
  nix: Nix,
  paths: readonly string[],
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const changed: string[] = []
  for (const batch of batchPaths(paths)) {
    const { stderr } = await nix.run(['store', 'verify', '--no-trust', ...batch], signal ? { signal } : {})
    const changes = stripControlCodes(stderr).matchAll(/path '([^']+)' was modified/g)
    changed.push(...[...changes].flatMap(([, path]) => path ?? []))
  }
  return changed
}

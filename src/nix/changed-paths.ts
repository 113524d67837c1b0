import { MAX_PATHS_PER_CALL, type Nix } from './nix.js'
import { stripControlCodes } from './parse-log-lines.js'

/** Returns the store paths whose content is not what Nix recorded when it added them to the store. Reads all of them. */
export async function findChangedPaths(
  nix: Nix,
  paths: readonly string[],
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const changed: string[] = []
  for (let start = 0; start < paths.length; start += MAX_PATHS_PER_CALL) {
    const args = ['store', 'verify', '--no-trust', ...paths.slice(start, start + MAX_PATHS_PER_CALL)]
    const { stderr } = await nix.run(args, signal ? { signal } : {})
    const changes = stripControlCodes(stderr).matchAll(/path '([^']+)' was modified/g)
    changed.push(...[...changes].flatMap(([, path]) => path ?? []))
  }
  return changed
}

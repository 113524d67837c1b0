import { UserError } from '../util/error.js'
import { exitOf } from '../util/exec.js'
import type { Nix } from './nix.js'

/** A store path's serialisation (NAR), as it is written. Throws a `UserError` after the last bytes when it is not whole. */
export async function* dumpPath(nix: Nix, path: string): AsyncGenerator<Buffer> {
  const child = nix.start(['store', 'dump-path', path])
  const ended = exitOf(child, nix.command)
  child.stderr?.resume()
  // Whoever stops reading ends the program, too.
  try {
    for await (const chunk of child.stdout ?? []) yield chunk as Buffer
  } finally {
    child.kill()
  }
  const code = await ended
  if (code !== 0) throw new UserError(`Nix could not read ${path}: exit code ${code}`)
}

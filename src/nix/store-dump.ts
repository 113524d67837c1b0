import { UserError } from '../util/error.js'
import { outputOf } from '../util/exec.js'
import type { Nix } from './nix.js'

/** A store path's serialisation (NAR), as it is written. Throws a `UserError` after the last bytes when it is not whole. */
export async function* dumpPath(nix: Nix, path: string): AsyncGenerator<Buffer> {
  const child = nix.start(['store', 'dump-path', path])
  child.stderr?.resume()
  yield* outputOf(child, nix.command, code => new UserError(`Nix could not read ${path}: exit code ${code}`))
}

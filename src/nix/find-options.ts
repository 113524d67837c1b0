import type { System } from '../oci/system.js'
import type { AttributeTemplate } from './attribute.js'

/** Which containers of a flake are looked for. */
export interface FindOptions {
  /** A flake reference: `.`, `./folder`, `path:…`, `github:owner/name`, `git+file:…`. */
  readonly flake: string
  /** Where a relative flake reference starts. */
  readonly cwd: string
  readonly system: System
  /** None asks for every image that the flake has for the system. */
  readonly names: readonly string[]
  readonly attribute: AttributeTemplate
  /** Nothing is to be built afterwards, so derivations need not be written into the store, which takes most of the time. */
  readonly readOnly?: boolean
  /** Called with each line that Nix says on the way, as when it fetches inputs. */
  readonly onLine?: (line: string) => void
  readonly signal?: AbortSignal
}

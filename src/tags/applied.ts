import type { Version } from './version.js'
import type { Wanted } from './wanted-tag.js'

/** What a rule gives, and what it says of `latest` where the flavor leaves that to rules. */
export interface Applied {
  readonly tags: readonly Wanted[]
  readonly latest: boolean
  /** The version that its tags name. */
  readonly version?: Version | undefined
}

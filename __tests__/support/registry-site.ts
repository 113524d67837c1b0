import type { Digest } from '../../src/oci/digest.js'
import { type Asked, errorReply, Refused } from './registry-http.js'
import type { RegistryOptions } from './registry-options.js'
import type { Store } from './registry-store.js'

/** What every endpoint needs of the registry that it belongs to. */
export interface Site {
  readonly options: RegistryOptions
  readonly store: Store
  /** Its own origin, and that of its storage, without a slash. */
  readonly url: string
  readonly storageUrl: string
  /** A tag is about to change. */
  onTag(repository: string, tag: string, digest: Digest): void
}

/** A repository's name, as the specification has it. */
const NAME =
  /^[a-z0-9]+([._-][a-z0-9]+|__[a-z0-9]+|-+[a-z0-9]+)*(\/[a-z0-9]+([._-][a-z0-9]+|__[a-z0-9]+|-+[a-z0-9]+)*)*$/

/** The repository that a request is for. */
export function nameOf({ params }: Asked): string {
  const { name = '' } = params
  if (name.length > 255 || !NAME.test(name)) throw new Refused(errorReply(400, 'NAME_INVALID', name))
  return name
}

export function digestHeader({ options }: Site, digest: Digest): Record<string, string> {
  return options.stripDigest ? {} : { 'docker-content-digest': digest }
}

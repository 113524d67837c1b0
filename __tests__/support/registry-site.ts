import type { Digest } from '../../src/oci/digest.js'
import { errorReply, Refused, type RegistryRequest } from './registry-http.js'
import type { RegistryOptions } from './registry-options.js'
import type { Store } from './registry-store.js'

/** The parts of the registry that its endpoints need. */
export interface Site {
  readonly options: RegistryOptions
  readonly store: Store
  /** The origins of the registry and of its storage, without a trailing slash. */
  readonly url: string
  readonly storageUrl: string
  /** Called before a tag changes. */
  onTag(repository: string, tag: string, digest: Digest): void
}

/** The pattern of repository names in the specification. */
const NAME =
  /^[a-z0-9]+([._-][a-z0-9]+|__[a-z0-9]+|-+[a-z0-9]+)*(\/[a-z0-9]+([._-][a-z0-9]+|__[a-z0-9]+|-+[a-z0-9]+)*)*$/

/** The repository in a request's path. */
export function nameOf({ params }: RegistryRequest): string {
  const { name = '' } = params
  if (name.length > 255 || !NAME.test(name)) throw new Refused(errorReply(400, 'NAME_INVALID', name))
  return name
}

export function digestHeader({ options }: Site, digest: Digest): Record<string, string> {
  return options.stripDigest ? {} : { 'docker-content-digest': digest }
}

import { canonicalRegistry } from '../http/origin.js'
import type { RequestError } from '../http/request-error.js'
import type { Reference } from '../oci/reference.js'
import { accountName, type Credential } from './credential.js'
import type { Access } from './scope.js'

/** What was being done when a request failed. */
export interface Circumstances {
  readonly reference: Reference
  readonly access: Access
  readonly credential: Credential | undefined
  /** The media type of the manifest that was being sent. */
  readonly sending?: string | undefined
}

/** A kind of failure in the user's terms. */
export interface Explanation {
  matches(failure: RequestError, at: Circumstances): boolean
  says(at: Circumstances, failure: RequestError): string
  hint(at: Circumstances): string
}

export const nameOf = ({ registry, repository }: Reference): string => `${registry}/${repository}`
export const deed = ({ access }: Circumstances): string => (access === 'push' ? 'write to' : 'read')
export const onGhcr = ({ reference }: Circumstances): boolean =>
  canonicalRegistry(reference.registry) === 'ghcr.io'
export const who = ({ credential }: Circumstances): string =>
  credential ? accountName(credential) : 'anonymous users'

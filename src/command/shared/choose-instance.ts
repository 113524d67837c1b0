import type { SigningInstance } from '../../attestation/signing-services.js'
import { hintForPrivate } from '../../github/attestations-hints.js'
import type { RepositoryFacts } from '../../github/repository-facts.js'
import { UserError } from '../../util/error.js'

/** The repository of a run, and what is known about its plan. */
export interface SigningRepository extends RepositoryFacts {
  /** `owner/name` */
  readonly name: string
  /** It belongs to an enterprise, which has GitHub Enterprise Cloud. `undefined` if that is not known. */
  readonly hasEnterprise: boolean | undefined
}

interface InstanceChoice {
  readonly way: SigningInstance
  /** Send the attestations to GitHub's API. */
  readonly sendsToGitHub: boolean
}

/**
 * Chooses the services that sign with the identity of a job. A private repository never uses the public ones, unless the user
 * asks for it. Throws a `UserError` if GitHub does not offer attestations for the repository. If that is not known, GitHub's own
 * services are used: they refuse later, and nothing gets public.
 */
export function chooseInstance(attest: string, repository: SigningRepository): InstanceChoice {
  if (repository.visibility === 'public') return { way: 'sigstore', sendsToGitHub: true }
  if (attest === 'public-log') return { way: 'sigstore', sendsToGitHub: false }
  if (!canHaveAttestations(repository)) throw createPlanError(repository)
  return { way: 'github', sendsToGitHub: true }
}

function canHaveAttestations({ visibility, isOwnedByUser, hasEnterprise }: SigningRepository): boolean {
  // Only enterprises have internal repositories.
  if (visibility === 'internal') return true
  return isOwnedByUser !== true && hasEnterprise !== false
}

function createPlanError({ name, isOwnedByUser }: SigningRepository): UserError {
  const why = isOwnedByUser
    ? 'GitHub has no attestations for private repositories of users'
    : 'GitHub has attestations for private repositories only with Enterprise Cloud'
  return new UserError(`${name} cannot be attested: it is private, and ${why}`, { hint: hintForPrivate() })
}

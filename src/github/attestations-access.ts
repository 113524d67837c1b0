import { ApiError, type GitHubApi, isRateLimit } from './api.js'

/**
 * Throws GitHub's refusal if attestations cannot be stored for a repository: the job has no permission, or the owner has no plan
 * for them. GitHub has no request that only asks. So this sends an attestation without a bundle, which GitHub refuses as invalid
 * if everything else is right. Other failures may be temporary and are ignored: the attestation itself will have them too.
 *
 * @param name `owner/name`
 */
export async function checkAttestationsAccess(api: GitHubApi, name: string): Promise<void> {
  try {
    await api.request('POST', `/repos/${name}/attestations`, {})
  } catch (error) {
    if (isDenied(error)) throw error
  }
}

function isDenied(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false
  const { refusal } = error
  return [401, 403, 404].includes(refusal.status) && !isRateLimit(refusal)
}

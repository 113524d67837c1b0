import { asObject, asOptionalString, type JsonObject } from '../util/json.js'
import type { GitHubApi } from './api.js'

/** What decides whether a repository can have attestations. */
export interface RepositoryFacts {
  readonly visibility: 'public' | 'private' | 'internal'
  /** The owner is a user and not an organization; `undefined` if that is not known. */
  readonly isOwnedByUser: boolean | undefined
}

/** @param name `owner/name`, as in GITHUB_REPOSITORY */
export async function readRepositoryFacts(api: GitHubApi, name: string): Promise<RepositoryFacts> {
  const answer = await api.request('GET', `/repos/${name}`)
  return parseRepositoryFacts(asObject(answer, 'the repository'))
}

/** Reads the object `repository` of the API or of an event. A field that older events do not have means a private repository. */
export function parseRepositoryFacts(repository: JsonObject): RepositoryFacts {
  return { visibility: parseVisibility(repository), isOwnedByUser: isOwnedByUser(repository.owner) }
}

function parseVisibility({ visibility, private: isPrivate }: JsonObject): RepositoryFacts['visibility'] {
  if (visibility === 'public' || visibility === 'internal' || visibility === 'private') return visibility
  return isPrivate === false ? 'public' : 'private'
}

function isOwnedByUser(owner: unknown): boolean | undefined {
  if (typeof owner !== 'object' || owner === null) return undefined
  const type = asOptionalString((owner as JsonObject).type, 'owner.type')
  return type === undefined ? undefined : type === 'User'
}

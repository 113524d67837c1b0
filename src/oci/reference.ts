import { UserError } from '../util/error.js'
import { redactAddresses } from '../util/redact-addresses.js'
import { truncateText } from '../util/text.js'
import { type Digest, isDigest } from './digest.js'

/** An image reference: a repository in a registry, optionally with a tag and a digest. */
export interface Reference {
  /** Host and port: `ghcr.io`, `localhost:5000`, `docker.io`. */
  readonly registry: string
  /** `owner/name` in lower case. */
  readonly repository: string
  readonly tag?: string
  readonly digest?: Digest
}

// The grammar of the OCI distribution-spec, "Pulling manifests".
const REPOSITORY = /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$/
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/
const MAX_PORT = 65_535
/** Of the registry and the repository, in Docker and containerd. */
const MAX_NAME_LENGTH = 255
const HOST = /^([a-zA-Z0-9-]+(\.[a-zA-Z0-9-]+)*|\[[0-9a-fA-F:]+\])(:\d{1,5})?$/

export function isTag(text: string): boolean {
  return TAG.test(text)
}

/**
 * Parses `ghcr.io/owner/name`, with `:tag`, `@sha256:…` or both. Like in Docker, the first part is a registry only if it contains
 * a dot or a port or is `localhost`; otherwise the registry is `docker.io`. The repository becomes lower case, because registries
 * reject upper case. Throws a `UserError` that names the invalid part.
 */
export function parseReference(text: string): Reference {
  return parseReferenceWith(text, reason => describeInvalid(text, reason))
}

/** Like `parseReference`. Throws what `createError` returns for the reason why the text is invalid. */
export function parseReferenceWith(text: string, createError: (reason: string) => Error): Reference {
  if (text.includes('://')) throw createError('it contains a scheme (://)')
  const [name = '', digest, ...more] = text.split('@')
  if (withoutLogin(text) !== text) throw createError('it contains a user and a password')
  if (more.length > 0) throw createError('it has more than one @')
  if (digest !== undefined && !isDigest(digest))
    throw createError(`${quote(digest)} is not a digest (sha256: and 64 hex digits)`)
  const colon = name.lastIndexOf(':')
  const hasTag = colon > name.lastIndexOf('/')
  const path = hasTag ? name.slice(0, colon) : name
  const tag = hasTag ? name.slice(colon + 1) : undefined
  if (tag !== undefined && !isTag(tag)) throw createError(`${quote(tag)} is not a tag`)
  const { registry, repository } = splitRegistry(path)
  if (!HOST.test(registry) || portOf(registry) > MAX_PORT)
    throw createError(`${quote(registry)} is not a host`)
  if (!REPOSITORY.test(repository)) throw createError(`${quote(repository)} is not a repository name`)
  if (registry.length + 1 + repository.length > MAX_NAME_LENGTH)
    throw createError(`a name has at most ${MAX_NAME_LENGTH} characters`)
  return { registry, repository, ...(tag !== undefined && { tag }), ...(digest && { digest }) }
}

function describeInvalid(text: string, reason: string): UserError {
  return new UserError(`${quote(withoutLogin(text))} is not an image reference: ${reason}`, {
    hint: 'Write it as registry/owner/name[:tag][@sha256:…], for example ghcr.io/owner/name:latest.',
  })
}

function quote(text: string): string {
  return JSON.stringify(truncateText(text, 200))
}

/** `user:password@host/name` → `host/name`. In `name:tag@sha256:…`, the part before the @ is not a login. */
export function withoutLogin(text: string): string {
  const address = redactAddresses(text)
  const [, login = '', rest = ''] = /^([^/@]*:[^@]*@)*(.*)$/s.exec(address) ?? []
  return login === '' || /^[^@]*@sha256:/.test(address) ? address : rest
}

/** Checks whether a text is an image name without a tag and digest. The registry is optional. */
export function isImageName(text: string): boolean {
  try {
    const { tag, digest } = parseReference(text)
    return tag === undefined && digest === undefined
  } catch {
    return false
  }
}

function portOf(host: string): number {
  return Number(/:(\d+)$/.exec(host)?.[1] ?? 0)
}

function splitRegistry(path: string): { registry: string; repository: string } {
  const slash = path.indexOf('/')
  const first = slash < 0 ? '' : path.slice(0, slash)
  const isHost = first === 'localhost' || /[.:]/.test(first)
  const registry = isHost ? first.toLowerCase() : 'docker.io'
  const rest = (isHost ? path.slice(slash + 1) : path).toLowerCase()
  const isOfficial = registry === 'docker.io' && rest !== '' && !rest.includes('/')
  return { registry, repository: isOfficial ? `library/${rest}` : rest }
}

/** Returns `ghcr.io/owner/name`, with `:tag` and `@sha256:…` if the reference has them. */
export function formatReference({ registry, repository, tag, digest }: Reference): string {
  const tagSuffix = tag === undefined ? '' : `:${tag}`
  const digestSuffix = digest === undefined ? '' : `@${digest}`
  return `${registry}/${repository}${tagSuffix}${digestSuffix}`
}

import { UserError } from '../util/error.js'
import { type Digest, isDigest } from './digest.js'

/** Where an image goes to or comes from: a repository in a registry, and what is named there. */
export interface Reference {
  /** Host and port as a person writes them: `ghcr.io`, `localhost:5000`, `docker.io`. */
  readonly registry: string
  /** Lower case: `owner/name`. */
  readonly repository: string
  readonly tag?: string
  readonly digest?: Digest
}

// The grammar of the OCI distribution-spec, "Pulling manifests".
const REPOSITORY = /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$/
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/
const MAX_PORT = 65_535
const HOST = /^([a-zA-Z0-9-]+(\.[a-zA-Z0-9-]+)*|\[[0-9a-fA-F:]+\])(:\d{1,5})?$/

export function isTag(text: string): boolean {
  return TAG.test(text)
}

/**
 * Reads `ghcr.io/owner/name`, with `:tag`, `@sha256:…` or both. As with Docker, a first part without a dot, a port or
 * the name `localhost` is no registry, and `docker.io` stands before it. Letters in the repository become lower case,
 * since no registry takes others. Throws a `UserError` that says which part is wrong.
 */
export function parseReference(text: string): Reference {
  const bad = (why: string): UserError =>
    new UserError(`${JSON.stringify(text)} is not an image reference: ${why}`, {
      hint: 'Write it as registry/owner/name[:tag][@sha256:…], for example ghcr.io/owner/name:latest.',
    })
  if (text.includes('://')) throw bad('it names a scheme')
  const [name = '', digest, ...more] = text.split('@')
  if (more.length > 0) throw bad('it has more than one @')
  if (digest !== undefined && !isDigest(digest)) throw bad(`${digest} is not sha256: and 64 hex digits`)
  const colon = name.lastIndexOf(':')
  const tagged = colon > name.lastIndexOf('/')
  const path = tagged ? name.slice(0, colon) : name
  const tag = tagged ? name.slice(colon + 1) : undefined
  if (tag !== undefined && !isTag(tag)) throw bad(`${JSON.stringify(tag)} is not a tag`)
  const { registry, repository } = splitRegistry(path)
  if (!HOST.test(registry) || portOf(registry) > MAX_PORT) throw bad(`${registry} is not a host`)
  if (!REPOSITORY.test(repository)) throw bad(`${JSON.stringify(repository)} is not a repository name`)
  return { registry, repository, ...(tag !== undefined && { tag }), ...(digest && { digest }) }
}

/** Whether a text names an image without a tag or digest, with or without a registry. */
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
  const official = registry === 'docker.io' && rest !== '' && !rest.includes('/')
  return { registry, repository: official ? `library/${rest}` : rest }
}

/** `ghcr.io/owner/name:tag@sha256:…`, with the parts that are there. */
export function formatReference(of: Reference): string {
  const tag = of.tag === undefined ? '' : `:${of.tag}`
  const digest = of.digest === undefined ? '' : `@${of.digest}`
  return `${of.registry}/${of.repository}${tag}${digest}`
}

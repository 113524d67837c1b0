import { type Digest, digestOf } from '../../src/oci/digest.js'
import { Refused } from './github-state.js'
import { childrenOf } from './registry-references.js'
import type { StoredManifest, StoredRepository } from './registry-store.js'

interface VersionRecord {
  readonly id: number
  readonly digest: Digest
  readonly created: number
  updated: number
  /** Since the version is public. */
  downloads: number
}

interface DeletedVersion {
  readonly record: VersionRecord
  readonly manifest: StoredManifest
  readonly tags: readonly string[]
  /** In milliseconds since 1970. */
  readonly at: number
}

export interface PackageOptions {
  /** The content of a registry, if there is one. */
  readonly stored?: StoredRepository
  /** `owner/name`; an empty text means none. */
  readonly repository?: string
  readonly versionsPerPage?: number
}

const HOUR = 3_600_000
const MAX_DOWNLOADS = 5000

/** A container package on GitHub and its repository in the registry: each manifest is a version. */
export class PackageState {
  readonly stored: StoredRepository
  readonly repository: string
  readonly versionsPerPage: number
  /** In milliseconds since 1970. */
  now = Date.parse('2020-01-01T00:00:00Z')
  /** `none`: GitHub says that it does not find the version. `read`: the job has no `packages: write`. */
  rights: 'admin' | 'none' | 'read' = 'admin'
  /** All deletions, in order. */
  readonly deletions: DeletedVersion[] = []
  readonly restored: Digest[] = []
  /** A version that lists do not contain, although it exists. */
  unlisted: Digest | undefined
  readonly #records = new Map<Digest, VersionRecord>()
  readonly #trash = new Map<number, DeletedVersion>()
  #nextId = 1

  constructor({ stored, repository = 'owner/name', versionsPerPage = 100 }: PackageOptions = {}) {
    this.stored = stored ?? { blobs: new Set(), manifests: new Map(), tags: new Map() }
    this.repository = repository
    this.versionsPerPage = versionsPerPage
  }

  passHours(hours: number): void {
    // What was pushed to the registry until now is a version.
    this.#allRecords()
    this.now += hours * HOUR
  }

  /** Stores a manifest. Throws an `Error` if it lists manifests that are missing, as registries do. */
  put(manifest: StoredManifest, ...tags: readonly string[]): Digest {
    const digest = digestOf(manifest.bytes)
    const missing = childrenOf(manifest).manifests.filter(child => !this.stored.manifests.has(child))
    if (missing.length > 0) throw new Error(`missing: ${missing.join(' ')}`)
    if (!this.stored.manifests.has(digest)) {
      this.stored.manifests.set(digest, manifest)
      this.#recordOf(digest)
    }
    for (const tag of tags) this.tag(tag, digest)
    return digest
  }

  tag(tag: string, digest: Digest): void {
    if (!this.stored.manifests.has(digest)) throw new Error(`missing: ${digest}`)
    if (this.stored.tags.get(tag) === digest) return
    this.stored.tags.set(tag, digest)
    this.#recordOf(digest).updated = this.now
  }

  setDownloads(digest: Digest, downloads: number): void {
    this.#recordOf(digest).downloads = downloads
  }

  idOf(digest: Digest): number {
    return this.#recordOf(digest).id
  }

  /** The digest of a version; `undefined` if it does not exist. */
  digestOf(id: number): Digest | undefined {
    return this.#allRecords().find(record => record.id === id)?.digest
  }

  /** Whether GitHub refuses to delete it. */
  isPopular(digest: Digest): boolean {
    return this.#recordOf(digest).downloads > MAX_DOWNLOADS
  }

  /** In hours, since it was created or got a tag. */
  ageOf(digest: Digest): number {
    return (this.now - this.#recordOf(digest).updated) / HOUR
  }

  tagsOf(digest: Digest): string[] {
    return [...this.stored.tags].flatMap(([tag, each]) => (each === digest ? [tag] : []))
  }

  /** A manifest that was pushed through the registry gets its record when it is first seen. */
  #recordOf(digest: Digest): VersionRecord {
    const found = this.#records.get(digest)
    if (found) return found
    const record = { id: this.#nextId++, digest, created: this.now, updated: this.now, downloads: 0 }
    this.#records.set(digest, record)
    return record
  }

  /** The newest first. */
  #allRecords(): VersionRecord[] {
    return [...this.stored.manifests.keys()]
      .map(digest => this.#recordOf(digest))
      .sort((a, b) => b.created - a.created || b.id - a.id)
  }

  facts(): object {
    const repository = this.repository === '' ? {} : { repository: { full_name: this.repository } }
    return { name: 'package', version_count: this.stored.manifests.size, ...repository }
  }

  page(page: number, state = 'active'): { readonly versions: object[]; readonly isLast: boolean } {
    const all = state === 'deleted' ? this.#listTrash() : this.#listed().map(each => this.#json(each))
    const [start, end] = [(page - 1) * this.versionsPerPage, page * this.versionsPerPage]
    return { versions: all.slice(start, end), isLast: end >= all.length }
  }

  #listed(): VersionRecord[] {
    return this.#allRecords().filter(({ digest }) => digest !== this.unlisted)
  }

  #listTrash(): object[] {
    return [...this.#trash.values()].map(({ record, tags }) => this.#json(record, tags))
  }

  version(id: number): object {
    return this.#json(this.#find(id))
  }

  delete(id: number): void {
    if (this.rights === 'read') throw new Refused(403, 'Resource not accessible by integration')
    const record = this.#find(id)
    if (this.rights === 'none') throw new Refused(404, 'Package not found.')
    const { digest, downloads } = record
    const tags = this.tagsOf(digest)
    const manifest = this.stored.manifests.get(digest)
    if (!manifest) throw new Refused(404, 'Not Found')
    if (downloads > MAX_DOWNLOADS)
      throw new Refused(
        400,
        'Publicly visible package versions with more than 5000 downloads cannot be deleted.',
      )
    if (this.stored.manifests.size === 1)
      throw new Refused(
        400,
        'You cannot delete the last version of a package. You must delete the package instead.',
      )
    if (tags.length > 0 && [...this.stored.tags.values()].every(each => each === digest))
      throw new Refused(400, 'You cannot delete the last tagged version of a package.')
    const deleted = { record, manifest, tags, at: this.now }
    this.deletions.push(deleted)
    this.#trash.set(id, deleted)
    this.#records.delete(digest)
    this.stored.manifests.delete(digest)
    for (const tag of tags) this.stored.tags.delete(tag)
  }

  restore(id: number): void {
    const deleted = this.#trash.get(id)
    if (!deleted) throw new Refused(404, 'Not Found')
    const { record, manifest, tags } = deleted
    if (this.stored.manifests.has(record.digest)) throw new Refused(400, 'The version exists.')
    this.#trash.delete(id)
    this.#records.set(record.digest, record)
    this.stored.manifests.set(record.digest, manifest)
    for (const tag of tags) if (!this.stored.tags.has(tag)) this.stored.tags.set(tag, record.digest)
    this.restored.push(record.digest)
  }

  #find(id: number): VersionRecord {
    const found = this.#allRecords().find(record => record.id === id)
    if (!found) throw new Refused(404, 'Not Found')
    return found
  }

  #json(
    { id, digest, created, updated }: VersionRecord,
    tags: readonly string[] = this.tagsOf(digest),
  ): object {
    const [created_at, updated_at] = [created, updated].map(time => new Date(time).toISOString())
    const metadata = { package_type: 'container', container: { tags } }
    return { id, name: digest, created_at, updated_at, metadata }
  }
}

/** The parts of an account that the API shows. */
export interface Account {
  readonly type: 'User' | 'Organization'
  /** By name. */
  readonly packages: ReadonlyMap<string, PackageState>
  /** Only its own user sees the packages. */
  readonly isPrivate?: boolean
}

export interface PackageReply {
  readonly status: number
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** Answers requests for accounts and packages; `undefined` for others. Throws `Refused`. */
export function answerAboutPackages(
  accounts: ReadonlyMap<string, Account>,
  {
    method,
    url,
    user: caller,
  }: { readonly method: string; readonly url: URL; readonly user?: string | undefined },
): PackageReply | undefined {
  if (url.pathname === '/user') {
    if (caller === undefined) throw new Refused(403, 'Resource not accessible by integration')
    return { status: 200, body: { login: caller } }
  }
  const [, user] = /^\/users\/([^/]+)$/.exec(url.pathname) ?? []
  if (user !== undefined && method === 'GET')
    return { status: 200, body: { type: accountOf(accounts, user).type } }
  const [, kind, login = '', name = '', rest = ''] =
    /^\/(users|orgs|user)(?:\/((?!packages)[^/]+))?\/packages\/container\/([^/]+)(\/.*)?$/.exec(
      url.pathname,
    ) ?? []
  if (kind === undefined) return undefined
  const { type, packages, isPrivate } = accountOf(accounts, kind === 'user' ? (caller ?? '') : login)
  const found = packages.get(decodeURIComponent(name))
  const isHidden = isPrivate && kind === 'users'
  if (!found || isHidden || (kind === 'orgs') !== (type === 'Organization'))
    throw new Refused(404, 'Package not found.')
  return answerAboutPackage(found, `${method} ${rest}`, url)
}

function accountOf(accounts: ReadonlyMap<string, Account>, login: string): Account {
  const account = accounts.get(login.toLowerCase())
  if (!account) throw new Refused(404, 'Not Found')
  return account
}

function answerAboutPackage(found: PackageState, call: string, url: URL): PackageReply {
  if (call === 'GET ') return { status: 200, body: found.facts() }
  if (call === 'GET /versions') {
    const page = Number(url.searchParams.get('page') ?? 1)
    const { versions, isLast } = found.page(page, url.searchParams.get('state') ?? 'active')
    const headers = isLast ? {} : { link: `<${url.href}&page=${page + 1}>; rel="next"` }
    return { status: 200, body: versions, headers }
  }
  const [, verb, id] = /^(GET|DELETE) \/versions\/(\d+)$/.exec(call) ?? []
  if (verb === 'GET') return { status: 200, body: found.version(Number(id)) }
  if (verb === 'DELETE') {
    found.delete(Number(id))
    return { status: 204, body: undefined }
  }
  const [, restored] = /^POST \/versions\/(\d+)\/restore$/.exec(call) ?? []
  if (restored === undefined) throw new Refused(404, 'Not Found')
  found.restore(Number(restored))
  return { status: 204, body: undefined }
}

import type { Auth, RegistryOptions } from './registry-options.js'

const TOKEN: Auth = { kind: 'token', username: 'me', password: 'hush' }
const BASIC: Auth = { kind: 'basic', username: 'me', password: 'hush' }

/** What a stand-in for a registry does differently from the specification. */
interface Habits {
  readonly options: RegistryOptions
  /** The options with which tags are immutable in this registry. */
  readonly immutable?: RegistryOptions['immutableTags']
}

/** The habits of registries that a push meets, with the names in docs/registries.md: login, list of tags, mounts, referrers, locations, downloads, immutable tags. */
export const HABITS: Readonly<Record<string, Habits>> = {
  'ghcr.io': { options: { auth: TOKEN, referrers: false, redirectBlobs: true } },
  'Docker Hub': { options: { auth: { ...TOKEN, anonymous: 'pull' }, redirectBlobs: true, pageSize: 10 } },
  // It mounts only blobs that a manifest references, and no manifest does while an image is pushed for the first time.
  'Amazon ECR': {
    options: { auth: BASIC, mounts: false, redirectBlobs: true },
    immutable: { status: 400, code: 'TAG_INVALID', message: "The image tag 'latest' already exists" },
  },
  'Google Artifact Registry': {
    options: { auth: TOKEN, redirectBlobs: true, locations: 'absolute' },
    immutable: {
      status: 403,
      code: 'DENIED',
      message: 'cannot update tag, the repository has immutable tags',
    },
  },
  'Azure Container Registry': {
    options: { auth: { ...TOKEN, field: 'access_token' }, redirectBlobs: true },
    immutable: {
      status: 405,
      code: 'REGISTRY_DISALLOWED_OPERATION',
      message: 'The operation is disallowed on this registry, repository or image.',
    },
  },
  Quay: { options: { auth: { ...TOKEN, anonymous: 'pull' }, redirectBlobs: true, pageSize: 50 } },
  GitLab: { options: { auth: { ...TOKEN, realm: 'http://HOST/token' }, redirectBlobs: true } },
  Harbor: {
    options: { auth: { ...TOKEN, anonymous: 'pull' } },
    immutable: {
      status: 412,
      code: 'PRECONDITION',
      message: "Failed to process request due to 'one:latest' configured as immutable.",
    },
  },
  Artifactory: {
    options: {
      auth: BASIC,
      anonymousRefusal: { status: 404, code: 'NAME_UNKNOWN' },
      locations: 'absolute',
      mounts: false,
    },
    immutable: { status: 403, code: 'DENIED', message: 'not allowed to overwrite the manifest' },
  },
  Nexus: {
    options: { auth: BASIC, referrers: false, mounts: false },
    immutable: { status: 400, code: 'UNKNOWN', message: 'Repository does not allow updating assets' },
  },
  'Gitea and Forgejo': { options: { auth: TOKEN, referrers: false, pageSize: 50 } },
  'distribution 2': { options: { referrers: false, locations: 'absolute' } },
  // 3.1.0 with a `tags.maxtags` below 1000.
  'distribution 3': {
    options: {
      listRefusal: { status: 400, code: 'PAGINATION_NUMBER_INVALID', onlyWithSize: true },
      locations: 'absolute',
      referrers: false,
    },
  },
  zot: { options: { auth: BASIC } },
  'a registry without a list': {
    options: { auth: TOKEN, listRefusal: { status: 405, code: 'UNSUPPORTED' } },
  },
  'a proxy that refuses HEAD': { options: { headStatus: 405 } },
}

import { describe, expect, test } from '@jest/globals'
import type { BuildOrigin } from '../../src/attestation/build-origin.js'
import type { IdentityClaims } from '../../src/attestation/identity-token.js'
import {
  createProvenance,
  type ProvenanceFacts,
  type ProvenancePlatform,
} from '../../src/attestation/provenance.js'
import { digestOf } from '../../src/oci/digest.js'

const SHA = 'a'.repeat(40)
const digest = (text: string) => digestOf(Buffer.from(text))

const claims: IdentityClaims = {
  issuer: 'https://token.actions.githubusercontent.com',
  repository: 'octo-org/app',
  repositoryId: '1',
  ownerId: '2',
  visibility: 'public',
  ref: 'refs/heads/main',
  sha: SHA,
  eventName: 'push',
  workflowRef: 'octo-org/app/.github/workflows/ci.yml@refs/heads/main',
  jobWorkflowRef: 'OWNER/nix-multiarch/.github/workflows/publish.yml@refs/tags/v1.2.3',
  runId: '77',
  runAttempt: '2',
  runnerEnvironment: 'github-hosted',
}

const origin: BuildOrigin = {
  nixVersion: '2.34.8',
  machine: 'x86_64-linux',
  isEmulated: false,
  job: {
    run: 'https://github.com/octo-org/app/actions/runs/77/attempts/2',
    name: 'build',
    environment: 'github-hosted',
  },
  flake: { url: `git+file:app?rev=${SHA}`, narHash: `sha256-${'A'.repeat(43)}=`, revision: SHA },
  flakeInputs: [
    {
      name: 'nixpkgs',
      url: `github:NixOS/nixpkgs/${'b'.repeat(40)}`,
      narHash: `sha256-${'/'.repeat(42)}8=`,
      revision: 'b'.repeat(40),
    },
  ],
  derivation: '/nix/store/00000000000000000000000000000000-app.drv',
  storePaths: {
    builtHere: 2,
    builtRemotely: 0,
    alreadyPresent: 1,
    downloaded: [{ substituter: 'https://cache.nixos.org', count: 40 }],
    fromActionsCache: 0,
    signedBy: [{ key: 'cache.nixos.org-1', count: 40 }],
    unsigned: 1,
  },
}

const platform = (about: Partial<ProvenancePlatform> = {}): ProvenancePlatform => ({
  platform: 'linux/amd64',
  system: 'x86_64-linux',
  digest: digest('amd64'),
  derivation: origin.derivation,
  isFromRegistry: false,
  origin,
  archive: { name: 'app-x86_64-linux.oci.tar', digest: digest('archive'), artifactId: 5 },
  ...about,
})

const facts = (about: Partial<ProvenanceFacts> = {}): ProvenanceFacts => ({
  container: 'app',
  claims,
  commit: { repository: 'https://github.com/octo-org/app', revision: SHA, ref: 'refs/heads/main' },
  isolation: 'reusable-workflow',
  serverUrl: 'https://github.com',
  plan: { name: 'nix-multiarch-plan-0123456789.json', digest: digest('plan') },
  platforms: [platform()],
  parameters: { version: '1.2.3' },
  ...about,
})

/** The predicate as a reader gets it: JSON. */
// biome-ignore lint/suspicious/noExplicitAny: the shape is what the tests check
const predicateOf = (about: Partial<ProvenanceFacts> = {}): any =>
  JSON.parse(JSON.stringify(createProvenance(facts(about))))

const commitsOf = (predicate: ReturnType<typeof predicateOf>): unknown[] =>
  predicate.buildDefinition.resolvedDependencies.map(
    (each: { name: string; digest?: { gitCommit?: string } }) => [each.name, each.digest?.gitCommit],
  )

describe('the provenance of a run of GitHub Actions', () => {
  test('has what policies read in the statements of actions/attest-build-provenance', () => {
    const { buildDefinition, runDetails } = predicateOf()
    expect(buildDefinition.externalParameters.workflow).toEqual({
      ref: 'refs/heads/main',
      repository: 'https://github.com/octo-org/app',
      path: '.github/workflows/ci.yml',
    })
    expect(buildDefinition.internalParameters.github).toEqual({
      event_name: 'push',
      repository_id: '1',
      repository_owner_id: '2',
      runner_environment: 'github-hosted',
    })
    expect(buildDefinition.resolvedDependencies[0]).toMatchObject({
      uri: 'git+https://github.com/octo-org/app@refs/heads/main',
      digest: { gitCommit: SHA },
    })
    expect(runDetails.builder.id).toBe(
      'https://github.com/OWNER/nix-multiarch/.github/workflows/publish.yml@refs/tags/v1.2.3',
    )
    expect(runDetails.metadata.invocationId).toBe(
      'https://github.com/octo-org/app/actions/runs/77/attempts/2',
    )
  })

  test('has a ref with an @, and a file name with one', () => {
    const workflowRef = 'octo-org/app/.github/workflows/ci@home.yml@refs/tags/app@1.0.0'
    const { buildDefinition } = predicateOf({
      claims: { ...claims, workflowRef, ref: 'refs/tags/app@1.0.0' },
    })
    expect(buildDefinition.externalParameters.workflow).toMatchObject({
      path: '.github/workflows/ci@home.yml',
      ref: 'refs/tags/app@1.0.0',
    })
  })

  test('lists each input of the flake with its hash in hex and as the lock file has it', () => {
    const [, input] = predicateOf().buildDefinition.resolvedDependencies
    expect(input).toEqual({
      name: 'input:nixpkgs',
      uri: `github:NixOS/nixpkgs/${'b'.repeat(40)}`,
      digest: { gitCommit: 'b'.repeat(40), narSha256: 'f'.repeat(64) },
      annotations: { narHash: `sha256-${'/'.repeat(42)}8=` },
    })
  })

  test('lists the plan and the archives with their SHA-256 and where they are', () => {
    expect(predicateOf().runDetails.byproducts).toEqual([
      { name: 'nix-multiarch-plan-0123456789.json', digest: { sha256: digest('plan').slice(7) } },
      {
        name: 'app-x86_64-linux.oci.tar',
        uri: 'https://github.com/octo-org/app/actions/runs/77/artifacts/5',
        digest: { sha256: digest('archive').slice(7) },
        annotations: { artifactId: 5, platform: 'linux/amd64' },
      },
    ])
  })

  test('says of each platform what its build has stated', () => {
    const [first] = predicateOf().buildDefinition.internalParameters.platforms
    expect(first).toMatchObject({
      platform: 'linux/amd64',
      build: 'this run',
      derivation: origin.derivation,
      statedByBuild: { nix: '2.34.8', emulated: false, storePaths: origin.storePaths, job: origin.job },
    })
  })

  test('has the same bytes for the same facts, whatever the order of platforms and parameters', () => {
    const other = platform({ platform: 'linux/arm64', system: 'aarch64-linux', digest: digest('arm64') })
    const one = createProvenance(
      facts({ platforms: [platform(), other], parameters: { a: '1', version: '1' } }),
    )
    const two = createProvenance(
      facts({ platforms: [other, platform()], parameters: { version: '1', a: '1' } }),
    )
    expect(JSON.stringify(one)).toBe(JSON.stringify(two))
  })

  test('lists both inputs if two platforms were built with different ones', () => {
    const moved = { ...origin, flakeInputs: [{ name: 'nixpkgs', url: 'github:NixOS/nixpkgs/c' }] }
    const platforms = [platform(), platform({ platform: 'linux/arm64', origin: moved })]
    const names = predicateOf({ platforms }).buildDefinition.resolvedDependencies.map(
      (each: { uri: string }) => each.uri,
    )
    expect(names).toContain('github:NixOS/nixpkgs/c')
    expect(names).toContain(`github:NixOS/nixpkgs/${'b'.repeat(40)}`)
  })
})

describe('the provenance does not claim too much', () => {
  test('an image that was in the registry has no source, and says that it is from an earlier run', () => {
    const { origin: _, archive: __, ...published } = platform({ isFromRegistry: true })
    const predicate = predicateOf({ platforms: [published] })
    expect(predicate.buildDefinition.resolvedDependencies).toEqual([])
    expect(JSON.stringify(predicate)).not.toContain(SHA)
    expect(predicate.buildDefinition.internalParameters.platforms[0].build).toBe('earlier')
  })

  test('an index that was kept has no source, even if this run has built the same content', () => {
    const predicate = predicateOf({ platforms: [platform({ isFromRegistry: true })] })
    expect(predicate.buildDefinition.resolvedDependencies).toEqual([])
    expect(predicate.buildDefinition.internalParameters.platforms[0].build).toBe('repeated')
  })

  test('a build of another commit than that of the event names both, and the built one first', () => {
    const commit = { repository: 'https://github.com/octo-org/app', revision: 'd'.repeat(40) }
    expect(
      commitsOf(predicateOf({ commit, platforms: [platform({ origin: { ...origin, flakeInputs: [] } })] })),
    ).toEqual([
      ['source', 'd'.repeat(40)],
      ['workflow', SHA],
    ])
  })

  test('a flake of another repository is the source, and not the repository of the run', () => {
    const flake = { url: `github:octo-org/images/${'e'.repeat(40)}`, revision: 'e'.repeat(40) }
    const predicate = predicateOf({
      platforms: [platform({ origin: { ...origin, flake, flakeInputs: [] } })],
    })
    expect(commitsOf(predicate)).toEqual([
      ['source', 'e'.repeat(40)],
      ['workflow', SHA],
    ])
    expect(predicate.buildDefinition.resolvedDependencies[0].uri).toBe(flake.url)
  })

  test('a work tree with changes is not the commit', () => {
    const { revision: _, ...flake } = origin.flake
    const platforms = [platform({ origin: { ...origin, flake, flakeInputs: [] } })]
    const commit = { repository: 'https://github.com/octo-org/app' }
    expect(commitsOf(predicateOf({ commit, platforms }))).toEqual([
      ['source', undefined],
      ['workflow', SHA],
    ])
  })

  test('a key proves no workflow, no run and no builder', () => {
    const predicate = predicateOf({ claims: undefined, isolation: 'none' })
    expect(predicate.runDetails.builder.id).toMatch(/docs\/provenance\.md#builder-of-a-key$/)
    expect(predicate.runDetails.metadata).toBeUndefined()
    expect(predicate.buildDefinition.externalParameters.workflow).toBeUndefined()
    expect(predicate.buildDefinition.internalParameters.github).toBeUndefined()
    expect(commitsOf(predicate)[0]).toEqual(['source', SHA])
  })

  test('an archive without a record, and store paths from the cache of GitHub, are said', () => {
    const cachesOf = (about: Partial<ProvenancePlatform>): unknown =>
      predicateOf({ platforms: [platform(about)] }).buildDefinition.internalParameters.caches
    const { origin: _, ...unrecorded } = platform()
    expect(cachesOf({})).toEqual({ githubActions: 'not used' })
    const cached = { ...origin, storePaths: { ...origin.storePaths, fromActionsCache: 1 } }
    expect(cachesOf({ origin: cached })).toEqual({ githubActions: 'used' })
    expect(predicateOf({ platforms: [unrecorded] }).buildDefinition.internalParameters.caches).toEqual({
      githubActions: 'not recorded',
    })
  })
})

/** The fields of the messages in SLSA's `provenance.proto` (v1) and in-toto's `resource_descriptor.proto`, as JSON names them. */
const FIELDS = {
  predicate: ['buildDefinition', 'runDetails'],
  buildDefinition: ['buildType', 'externalParameters', 'internalParameters', 'resolvedDependencies'],
  runDetails: ['builder', 'metadata', 'byproducts'],
  builder: ['id', 'version', 'builderDependencies'],
  metadata: ['invocationId', 'startedOn', 'finishedOn'],
  resource: ['name', 'uri', 'digest', 'content', 'downloadLocation', 'mediaType', 'annotations'],
}

test('the provenance has only fields of SLSA v1, and each resource has a URI or a digest', () => {
  for (const about of [{}, { claims: undefined }]) {
    const predicate = predicateOf(about)
    const { buildDefinition, runDetails } = predicate
    const unknown = (value: object, fields: readonly string[]): string[] =>
      Object.keys(value).filter(key => !fields.includes(key))
    const resources: object[] = [...buildDefinition.resolvedDependencies, ...runDetails.byproducts]
    expect([
      ...unknown(predicate, FIELDS.predicate),
      ...unknown(buildDefinition, FIELDS.buildDefinition),
      ...unknown(runDetails, FIELDS.runDetails),
      ...unknown(runDetails.builder, FIELDS.builder),
      ...unknown(runDetails.metadata ?? {}, FIELDS.metadata),
      ...resources.flatMap(each => unknown(each, FIELDS.resource)),
    ]).toEqual([])
    expect(resources.filter(each => !('uri' in each || 'digest' in each))).toEqual([])
    expect(Object.values(runDetails.builder.version).every(value => typeof value === 'string')).toBe(true)
  }
})

import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { BuildOrigin } from '../../../src/attestation/build-origin.js'
import { packArchive } from '../../../src/command/build/pack-archive.js'
import { merge } from '../../../src/command/merge/merge.js'
import { encodePlan, formatPlanReference } from '../../../src/command/shared/plan-document.js'
import { createArchiveAnnotations } from '../../../src/command/shared/platform-image.js'
import { createRecord } from '../../../src/command/shared/proof-record.js'
import type { WorkTree } from '../../../src/command/shared/work-tree.js'
import type { Artifacts } from '../../../src/host/host.js'
import { digestOf } from '../../../src/oci/digest.js'
import { platformOf } from '../../../src/oci/platform.js'
import { archiveOf, containerOf, originOf } from '../../support/archives.js'
import { dockerArchive } from '../../support/docker-archive.js'
import { shaOf } from '../../support/github-state.js'
import { type TestHost, testHost } from '../../support/host.js'
import { imageOf, layerOf, tarOf } from '../../support/images.js'
import { type AttestRig, attestRig } from './attest-rig.js'
import { BOTH, type RunOptions } from './merge-rig.js'

const PUBLISH = 'OWNER/nix-multiarch/.github/workflows/publish.yml@refs/tags/v1.2.3'
const OWN = 'owner/repo/.github/workflows/ci.yml@refs/heads/main'
const PLAN = 'nix-multiarch-plan-0123456789.json'
const TREE = {
  kind: 'commit',
  sha: shaOf('first'),
  isClean: true,
  branch: 'main',
  tags: [],
} as const satisfies WorkTree
const JOB = { run: 'https://github.com/owner/repo/actions/runs/1/attempts/1', environment: 'github-hosted' }

let rig: AttestRig
beforeEach(async () => {
  rig = await attestRig()
})
afterEach(() => rig.close())

const fileOf = (system: string): string => join(rig.folder, `one-${system}.oci.tar`)

/** Builds the images of `one` in a job with this name. */
async function buildIn(job: string, about: Partial<BuildOrigin> = {}, tree: WorkTree = TREE): Promise<void> {
  for (const system of BOTH) {
    const container = containerOf('one', system)
    const origin = originOf(container, { job: { ...JOB, name: job }, ...about })
    await archiveOf(rig.folder, container, undefined, tree, undefined, origin)
  }
}

/** Builds images that differ in a time of creation from those of another build, as with `created = "now"`. */
async function buildAt(created: string, tree: WorkTree): Promise<void> {
  for (const system of BOTH) {
    const container = containerOf('one', system)
    const image = imageOf(
      [layerOf(tarOf([{ name: system, body: Buffer.from('one') }]))],
      platformOf(system).architecture,
    )
    const config = Buffer.from(JSON.stringify({ ...JSON.parse(String(image.config)), created }))
    const host = testHost()
    const source = join(host.temp, 'source.tar')
    writeFileSync(source, dockerArchive({ ...image, config }))
    const findOrigin = async (): Promise<BuildOrigin> =>
      originOf(container, { job: { ...JOB, name: 'build' } })
    await packArchive(container, source, host, { file: fileOf(system), encoding: 'gzip', tree, findOrigin })
    host.remove()
  }
}

/** The archives, and a plan of them, as artifacts of the run. */
function uploadAll(): { artifacts: Artifacts; plan: string } {
  const host = rig.runOf('first')
  const plan = encodePlan({
    format: 1,
    tree: TREE,
    containers: [
      {
        name: 'one',
        imageName: 'one',
        build: true,
        why: 'new',
        systems: BOTH.map(system => {
          const container = containerOf('one', system)
          return {
            system,
            derivation: container.derivation,
            facts: createArchiveAnnotations(container, host),
          }
        }),
      },
    ],
  })
  writeFileSync(join(rig.services, PLAN), plan)
  const files = [...BOTH.map(fileOf), join(rig.services, PLAN)]
  const artifacts = files.map((file, n) => ({
    id: 100 + n,
    name: file.split('/').at(-1) ?? '',
    size: readFileSync(file).length,
    digest: digestOf(readFileSync(file)),
  }))
  return {
    artifacts: {
      upload: async file => ({ id: 1, name: file, size: 0 }),
      list: async () => artifacts,
      async download({ id, name }, directory) {
        copyFileSync(files[id - 100] ?? '', join(directory, name))
        return join(directory, name)
      },
    },
    plan: formatPlanReference(PLAN, digestOf(Buffer.from(plan))),
  }
}

interface Attempt {
  readonly workflow?: string
  readonly commit?: string
  readonly inputs?: Readonly<Record<string, string>>
  readonly run?: RunOptions
}

/** Merges and signs in a job `merge`, and returns the predicate of the provenance. */
async function attest({ workflow = OWN, commit = 'first', inputs = {}, run = {} }: Attempt) {
  rig.sigstore.identity.setClaims({
    repository: 'owner/repo',
    sha: shaOf(commit),
    job_workflow_ref: workflow,
    workflow_ref: OWN,
  })
  const job: TestHost = rig.job(commit, { ...run, env: { GITHUB_JOB: 'merge', ...run.env } })
  await merge(rig.signed(inputs), job)
  const bundle = rig
    .bundles()
    .find(({ statement }) => statement.predicateType === 'https://slsa.dev/provenance/v1')
  // biome-ignore lint/suspicious/noExplicitAny: the shape is what the tests check
  return { predicate: bundle?.statement.predicate as any, logged: job.logged.join('\n') }
}

const isolationOf = (predicate: {
  buildDefinition: { internalParameters: { isolation: { level: string } } }
}) => predicate.buildDefinition.internalParameters.isolation.level

/** Merges archives that are artifacts of the run. */
const attestArtifacts = (workflow: string, { hasPlan = true } = {}) => {
  const { artifacts, plan } = uploadAll()
  const inputs: Record<string, string> = hasPlan ? { archives: '', plan } : { archives: '' }
  return attest({ workflow, inputs, run: { artifacts } })
}

describe('the isolation that a provenance claims', () => {
  test('is that of publish.yml only if this workflow signs, and plan and archives are bound', async () => {
    await buildIn('build')
    const { predicate } = await attestArtifacts(PUBLISH)
    expect(isolationOf(predicate)).toBe('reusable-workflow')
    expect(predicate.runDetails.builder.id).toBe(`https://github.com/${PUBLISH}`)
    const sha256 = (file: string): string => digestOf(readFileSync(file)).slice('sha256:'.length)
    expect(predicate.runDetails.byproducts).toMatchObject([
      { name: PLAN, digest: { sha256: sha256(join(rig.services, PLAN)) } },
      ...BOTH.map((system, n) => ({
        name: `one-${system}.oci.tar`,
        digest: { sha256: sha256(fileOf(system)) },
        annotations: { artifactId: 100 + n },
      })),
    ])
  })

  test.each([
    ['a workflow of the user', OWN],
    ['a workflow of another repository with the name of publish.yml', PUBLISH.replace('OWNER/', 'octo-org/')],
    ['another workflow of this project', PUBLISH.replace('publish.yml', 'release.yml')],
  ])('is that of separate jobs in %s', async (_, workflow) => {
    await buildIn('build')
    expect(isolationOf((await attestArtifacts(workflow)).predicate)).toBe('separate-jobs')
  })

  test('is that of separate jobs in publish.yml without a plan', async () => {
    await buildIn('build')
    expect(isolationOf((await attestArtifacts(PUBLISH, { hasPlan: false })).predicate)).toBe('separate-jobs')
  })

  test('is none if the job that signs has also built, and the log says so', async () => {
    await buildIn('merge')
    const { predicate, logged } = await attestArtifacts(OWN)
    expect(isolationOf(predicate)).toBe('none')
    expect(logged).toContain('one: the provenance claims no isolation (SLSA Build level 1)')
  })

  test('is none for archives in a folder, also in publish.yml', async () => {
    await buildIn('build')
    const { predicate } = await attest({ workflow: PUBLISH })
    expect(isolationOf(predicate)).toBe('none')
    expect(predicate.runDetails.byproducts).toEqual([])
  })
})

describe('the sources that a provenance names', () => {
  const sourcesOf = (predicate: { buildDefinition: { resolvedDependencies: { name: string }[] } }) =>
    predicate.buildDefinition.resolvedDependencies.map(({ name }) => name)
  const statesOf = (predicate: {
    buildDefinition: { internalParameters: { platforms: { build: string }[] } }
  }) => predicate.buildDefinition.internalParameters.platforms.map(({ build }) => build)

  test('are the commit and the inputs of the flake', async () => {
    await buildIn('build')
    const { predicate } = await attest({})
    expect(predicate.buildDefinition.resolvedDependencies).toMatchObject([
      {
        name: 'source',
        uri: 'git+https://github.com/owner/repo@refs/heads/main',
        digest: { gitCommit: shaOf('first') },
      },
      { name: 'input:nixpkgs', annotations: { narHash: `sha256-${'B'.repeat(43)}=` } },
    ])
  })

  test('are those of this run if it has made the images of the kept index again, byte for byte', async () => {
    await buildIn('build')
    await merge(rig.request({ tags: '1.0, latest' }), rig.runOf('first'))
    await buildIn('build', {}, { ...TREE, sha: shaOf('second') })
    const { predicate } = await attest({ commit: 'second' })
    expect(predicate.buildDefinition.resolvedDependencies[0]).toMatchObject({
      digest: { gitCommit: shaOf('second') },
    })
    expect(statesOf(predicate)).toEqual(['this run', 'this run'])
  })

  test('are missing if the kept images have other times: nothing proves that this commit has made them', async () => {
    await buildAt('2026-11-01T10:00:00Z', TREE)
    await merge(rig.request({ tags: '1.0, latest' }), rig.runOf('first'))
    await buildAt('2026-11-02T10:00:00Z', { ...TREE, sha: shaOf('second') })
    const { predicate } = await attest({ commit: 'second' })
    expect(sourcesOf(predicate)).toEqual([])
    expect(JSON.stringify(predicate)).not.toContain(shaOf('second'))
    expect(statesOf(predicate)).toEqual(['repeated', 'repeated'])
  })
})

test('an index whose images have other times is not kept if its layers are others, whatever its record says', async () => {
  await buildAt('2026-11-01T10:00:00Z', TREE)
  await merge(rig.request({ tags: '1.0, latest' }), rig.runOf('first'))
  const { manifests, tags } = rig.registry.repository('o/one')
  const add = (json: { mediaType: string }) => {
    const bytes = Buffer.from(JSON.stringify(json))
    manifests.set(digestOf(bytes), { mediaType: json.mediaType, bytes })
    return { digest: digestOf(bytes), size: bytes.length }
  }
  const index = structuredClone(rig.indexAt('latest'))
  const layer = gzipSync(Buffer.alloc(10_240, 'other'))
  rig.registry.store.addBlob('o/one', layer)
  const changed = index.manifests.map(each => {
    const manifest = JSON.parse(String(manifests.get(each.digest)?.bytes))
    Object.assign(manifest.layers[0], { digest: digestOf(layer), size: layer.length })
    return { ...each, ...add(manifest) }
  })
  const annotations = { ...index.annotations, ...createRecord(changed) }
  const { digest } = add({ ...index, manifests: changed, annotations } as { mediaType: string })
  for (const tag of ['1.0', 'latest']) tags.set(tag, digest)
  await buildAt('2026-11-02T10:00:00Z', { ...TREE, sha: shaOf('second') })
  await attest({ commit: 'second' })
  expect(rig.tag('latest')).not.toBe(digest)
  expect(rig.bundles().map(({ subject }) => subject)).not.toContain(digest)
})

describe('a build that says that it has built a flake of another repository', () => {
  const flake = { url: `github:octo-org/other/${'c'.repeat(40)}`, revision: 'c'.repeat(40) }

  test('is refused if the plan is for a commit: the provenance would name another source', async () => {
    await buildIn('build', { flake })
    const run = attestArtifacts(PUBLISH)
    await expect(run).rejects.toThrow(
      /one-x86_64-linux\.oci\.tar says that it was built from github:octo-org\/other\/c+, and not from the commit/,
    )
    expect(rig.signatures()).toBe(0)
    expect(rig.tag('latest')).toBeUndefined()
  })

  test('is refused if its own archive is for a commit', async () => {
    await buildIn('build', { flake })
    await expect(attest({})).rejects.toThrow('and not from the commit')
  })

  test('is believed if the flake is not a local path', async () => {
    await buildIn('build', { flake }, { kind: 'remote' })
    const { predicate } = await attest({})
    expect(predicate.buildDefinition.resolvedDependencies[0]).toMatchObject({
      name: 'source',
      uri: flake.url,
      digest: { gitCommit: flake.revision },
    })
  })
})

test('an archive whose build has recorded nothing causes a warning, and the provenance says so', async () => {
  await rig.build('one')
  const { predicate, logged } = await attest({})
  expect(predicate.buildDefinition.internalParameters.caches).toEqual({ githubActions: 'not recorded' })
  expect(logged).toContain(
    'warning: one: the provenance does not say how the images for linux/amd64, linux/arm64',
  )
})

test('store paths from the cache of GitHub cause a warning, and the provenance says so', async () => {
  const { storePaths } = originOf(containerOf('one', 'x86_64-linux'))
  await buildIn('build', { storePaths: { ...storePaths, fromActionsCache: 2 } })
  const { predicate, logged } = await attest({})
  expect(predicate.buildDefinition.internalParameters.caches).toEqual({ githubActions: 'used' })
  expect(logged).toMatch(/warning: one: .* store paths from the GitHub Actions cache/)
})

test('the record of a build is not pushed', async () => {
  await buildIn('build')
  await attest({})
  for (const { bytes } of rig.registry.repository('o/one').manifests.values())
    expect(String(bytes)).not.toMatch(/nix-multiarch\.origin/)
  for (const bytes of rig.registry.blobs.values()) expect(String(bytes)).not.toMatch(/^\{"nixVersion"/)
})

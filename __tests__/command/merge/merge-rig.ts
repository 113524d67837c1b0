import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MergeRequest } from '../../../src/command/merge/merge.js'
import { encodePlan, type PlanDocument } from '../../../src/command/shared/plan-document.js'
import { createArchiveAnnotations } from '../../../src/command/shared/platform-image.js'
import type { Host } from '../../../src/host/host.js'
import { MERGE_INPUTS } from '../../../src/input/input-table.js'
import { readInputs } from '../../../src/input/read-inputs.js'
import type { Container } from '../../../src/nix/container.js'
import type { Digest } from '../../../src/oci/digest.js'
import { type IndexDocument, parseIndex } from '../../../src/oci/image-index.js'
import type { System } from '../../../src/oci/platform.js'
import type { ImageContents } from '../../../src/sbom/contents.js'
import { archiveOf, containerOf } from '../../support/archives.js'
import { type GitHubStandIn, serveGitHubApi } from '../../support/github-api.js'
import { addCommit, shaOf } from '../../support/github-state.js'
import { silentHost, type TestHost, testHost } from '../../support/host.js'
import { type RegistryOptions, startRegistry, type TestRegistry } from '../../support/registry.js'

export const BOTH: readonly System[] = ['x86_64-linux', 'aarch64-linux']

/** The services of a merge on GitHub: a folder of archives, a registry, and GitHub's API with three commits. */
export interface MergeRig {
  readonly folder: string
  /** A folder for other files. */
  readonly services: string
  readonly registry: TestRegistry
  readonly github: GitHubStandIn
  /** All hosts so far, in order. */
  readonly hosts: readonly TestHost[]
  runOf(commit: string, more?: RunOptions): TestHost
  /** Returns the inputs of a workflow step. */
  request(overrides?: Readonly<Record<string, string>>): MergeRequest
  /** Writes the archives of a container, and removes its earlier ones. */
  build(name: string, about?: Partial<Container>, systems?: readonly System[]): Promise<void>
  /** Like `build`, with the contents of each image. */
  buildWithContents(name: string, contents: (system: System) => ImageContents): Promise<void>
  /** Returns the digest that a tag of a repository (default `o/one`) points to. */
  tag(name: string, repository?: string): Digest | undefined
  indexAt(name: string, repository?: string): IndexDocument
  close(): Promise<void>
}

export interface RunOptions extends Partial<Pick<Host, 'artifacts' | 'isFromFork'>> {
  readonly env?: Readonly<Record<string, string>>
  readonly event?: object
}

export async function mergeRig(options: RegistryOptions = {}): Promise<MergeRig> {
  const folder = mkdtempSync(join(tmpdir(), 'merge-rig-'))
  const services = mkdtempSync(join(tmpdir(), 'merge-rig-services-'))
  const registry = await startRegistry(options)
  const github = await serveGitHubApi({ repository: 'owner/repo' })
  const hosts: TestHost[] = []
  addCommit(github.state, 'first', [], '2026-01-01T00:00:00Z')
  addCommit(github.state, 'second', [shaOf('first')], '2026-01-02T00:00:00Z')
  addCommit(github.state, 'third', [shaOf('second')], '2026-01-03T00:00:00Z')
  const tag = (name: string, repository = 'o/one'): Digest | undefined => registry.tag(repository, name)
  return {
    folder,
    services,
    registry,
    github,
    hosts,
    tag,
    runOf(commit, more = {}) {
      const host = jobOf(commit, github.url, join(folder, `event-${hosts.length}.json`), more)
      hosts.push(host)
      return host
    },
    request: overrides =>
      readInputs(
        MERGE_INPUTS,
        name =>
          ({ archives: folder, image: `${registry.host}/o/{name}`, 'github-token': 'writer', ...overrides })[
            name
          ],
        silentHost,
      ),
    async build(name, about = {}, systems = BOTH) {
      for (const file of readdirSync(folder).filter(file => file.startsWith(`${name}-`)))
        rmSync(join(folder, file))
      await Promise.all(systems.map(system => archiveOf(folder, containerOf(name, system, about))))
    },
    async buildWithContents(name, contents) {
      for (const system of BOTH)
        await archiveOf(folder, containerOf(name, system), testHost(), undefined, contents(system))
    },
    indexAt(name, repository = 'o/one') {
      const stored = registry.repository(repository).manifests.get(tag(name, repository) as Digest)
      if (!stored) throw new Error(`${repository}:${name} does not exist`)
      return parseIndex(stored.bytes)
    },
    async close() {
      for (const each of [folder, services]) rmSync(each, { recursive: true })
      for (const host of hosts) host.remove()
      await github.close()
      await registry.close()
    },
  }
}

/** A job of a workflow run for a commit; by default a push to main. */
function jobOf(commit: string, api: string, path: string, { env, event, ...more }: RunOptions): TestHost {
  writeFileSync(path, JSON.stringify({ repository: { default_branch: 'main' }, ...event }))
  return testHost({
    kind: 'github',
    env: {
      GITHUB_SERVER_URL: 'https://github.com',
      GITHUB_REPOSITORY: 'owner/repo',
      GITHUB_REPOSITORY_OWNER: 'owner',
      GITHUB_EVENT_NAME: 'push',
      GITHUB_REF: 'refs/heads/main',
      GITHUB_SHA: shaOf(commit),
      GITHUB_API_URL: api,
      GITHUB_EVENT_PATH: path,
      ...env,
    },
    ...more,
  })
}

/** Removes the archives of `one`, and plans to use the image that the tag `latest` points to. Returns the path of the plan. */
export function planUnchanged(rig: MergeRig, more: Pick<PlanDocument, 'sbom' | 'attest'>): string {
  const digest = rig.tag('latest') as Digest
  const systems = BOTH.map(system => {
    rmSync(join(rig.folder, `one-${system}.oci.tar`))
    const container = containerOf('one', system)
    return {
      system,
      derivation: container.derivation,
      facts: createArchiveAnnotations(container, rig.runOf('second')),
    }
  })
  const standing = { image: `${rig.registry.host}/o/one@${digest}`, digest }
  const one = { name: 'one', imageName: 'one', build: false, why: '', version: '1.0', systems, standing }
  const plan = join(rig.folder, 'plan.json')
  writeFileSync(plan, encodePlan({ format: 1, ...more, containers: [one] }))
  return plan
}

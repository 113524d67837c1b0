import { copyFileSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type MergeRequest, merge } from '../../../src/command/merge/merge.js'
import type { PlanDocument } from '../../../src/command/shared/plan-document.js'
import { encodePlan } from '../../../src/command/shared/plan-document.js'
import { createArchiveAnnotations } from '../../../src/command/shared/platform-image.js'
import type { Container } from '../../../src/nix/container.js'
import type { System } from '../../../src/oci/platform.js'
import { UsageError, UserError } from '../../../src/util/error.js'
import { containerOf } from '../../support/archives.js'
import type { GitHubStandIn } from '../../support/github-api.js'
import { addCommit, shaOf } from '../../support/github-state.js'
import { folderArtifacts, type TestHost } from '../../support/host.js'
import { KEY_FORMS, keysAs, rekeyTags } from '../../support/own-keys.js'
import type { TestRegistry } from '../../support/registry.js'
import { BOTH, type MergeRig, mergeRig } from './merge-rig.js'

let rig: MergeRig
let folder: string
let registry: TestRegistry
let github: GitHubStandIn
beforeEach(async () => {
  rig = await mergeRig()
  folder = rig.folder
  registry = rig.registry
  github = rig.github
})
afterEach(() => rig.close())

/** A job of a workflow run for a commit; by default a push to main. */
const runOf = (commit: string, env: Record<string, string> = {}, event: object = {}): TestHost =>
  rig.runOf(commit, { env, event })
const request = (overrides: Record<string, string> = {}): MergeRequest => rig.request(overrides)
const build: MergeRig['build'] = (...about) => rig.build(...about)
const tag = (name: string): string | undefined => rig.tag(name)
const indexAt = (name: string) =>
  JSON.parse(String(registry.repository('o/one').manifests.get(tag(name) as never)?.bytes))

describe('annotations and labels', () => {
  test('the index and each manifest have the commit, its date, the source and the version', async () => {
    await build('one', { version: '1.2.3' })
    await merge(request({ annotations: 'a.b=both\nindex:c.d=index only' }), runOf('first'))
    const index = indexAt('latest')
    const stamps = {
      'org.opencontainers.image.revision': shaOf('first'),
      'org.opencontainers.image.created': '2026-01-01T00:00:00Z',
      'org.opencontainers.image.source': 'https://github.com/owner/repo',
      'org.opencontainers.image.url': 'https://github.com/owner/repo',
      'org.opencontainers.image.documentation': 'https://github.com/owner/repo#readme',
      'org.opencontainers.image.version': '1.2.3',
      'org.opencontainers.image.title': 'one',
      'org.opencontainers.image.description': 'The container one',
      'a.b': 'both',
    }
    expect(index.annotations).toMatchObject({ ...stamps, 'c.d': 'index only' })
    for (const { digest } of index.manifests) {
      const manifest = JSON.parse(String(registry.repository('o/one').manifests.get(digest)?.bytes))
      expect(manifest.annotations).toMatchObject(stamps)
      expect(manifest.annotations['c.d']).toBeUndefined()
    }
  })

  test('labels are added to the image configs', async () => {
    await build('one', { version: '1.2.3' })
    await merge(request({ labels: 'maintainer=me' }), runOf('first'))
    const { config } = JSON.parse(
      String(registry.repository('o/one').manifests.get(indexAt('latest').manifests[0].digest)?.bytes),
    )
    expect(JSON.parse(String(registry.blobs.get(config.digest))).config.Labels).toEqual({
      maintainer: 'me',
    })
  })
})

describe('an unchanged image', () => {
  test('keeps its digest from commit to commit, and new tags point to it', async () => {
    await build('one', { version: '1.2.3' })
    const [before] = await merge(request(), runOf('first'))
    const [after] = await merge(request(), runOf('second'))
    expect(after).toMatchObject({ digest: before?.digest, kept: true })
    expect(after?.pushed[0]?.bytesSent).toBeLessThan(5000)
    for (const name of ['1.2.3', '1.2', '1', 'latest', 'main', `sha-${shaOf('second').slice(0, 7)}`])
      expect([name, tag(name)]).toEqual([name, before?.digest])
  })

  test('keeps its digest if labels contain the time', async () => {
    await build('one', { version: '1.2.3' })
    const labels = (commit: string): string =>
      `org.opencontainers.image.revision=${commit}\norg.opencontainers.image.created=${commit}`
    const [before] = await merge(request({ labels: labels('a') }), runOf('first'))
    const [after] = await merge(request({ labels: labels('b') }), runOf('second'))
    expect(after?.digest).toBe(before?.digest)
  })

  test('is pushed to a second registry with the same digest', async () => {
    await build('one', { version: '1.2.3' })
    const [before] = await merge(request(), runOf('first'))
    const image = `${registry.host}/o/{name}\n${registry.host}/p/{name}`
    const [after] = await merge(request({ image }), runOf('second'))
    expect(after?.digest).toBe(before?.digest)
    expect(registry.tag('p/one', 'latest')).toBe(before?.digest)
    expect(registry.missing('p/one', before?.digest as never)).toEqual([])
  })

  test.each(['first', 'second'])(
    'is restored if a part of it is missing, by a run for the %s commit',
    async commit => {
      await build('one', { version: '1.2.3' })
      const [before] = await merge(request(), runOf('first'))
      const [{ digest }] = indexAt('latest').manifests
      registry.repository('o/one').manifests.delete(digest)
      const [after] = await merge(request(), runOf(commit))
      expect(after?.digest).toBe(before?.digest)
      expect(registry.missing('o/one', after?.digest as never)).toEqual([])
    },
  )

  test('gets the new commit after a revert on the branch', async () => {
    await build('one', { version: 'x' })
    const [first] = await merge(request(), runOf('first'))
    await build('one', { version: 'x', description: 'Another' })
    await merge(request(), runOf('second'))
    await build('one', { version: 'x' })
    const [third] = await merge(request(), runOf('third'))
    expect(third?.digest).not.toBe(first?.digest)
    expect(indexAt('main').annotations['org.opencontainers.image.revision']).toBe(shaOf('third'))
  })
})

test('an image gets the new commit after a revert, even if another tag points to the earlier image', async () => {
  const tags = 'type=ref,event=branch\ntype=raw,value=1.2'
  await build('one', { version: '1.2.3' })
  const [first] = await merge(request({ tags }), runOf('first'))
  await build('one', { version: '1.3.0' })
  await merge(request({ tags: 'type=ref,event=branch' }), runOf('second'))
  await build('one', { version: '1.2.3' })
  const [third] = await merge(request({ tags }), runOf('third'))
  expect(third?.digest).not.toBe(first?.digest)
  expect(indexAt('main').annotations['org.opencontainers.image.revision']).toBe(shaOf('third'))
})

describe('does not move back', () => {
  test('`latest`, `1` and `1.2` to an older version, and reports it', async () => {
    await build('one', { version: '1.2.4' })
    const [newer] = await merge(request(), runOf('second'))
    await build('one', { version: '1.2.3' })
    const [older] = await merge(request(), runOf('third'))
    expect(tag('1.2.3')).toBe(older?.digest)
    for (const name of ['latest', '1', '1.2', '1.2.4']) expect(tag(name)).toBe(newer?.digest)
    expect(rig.hosts.at(-1)?.logged.join('\n')).toMatch(/o\/one:latest is not changed: .*1\.2\.4/)
    expect(older?.pushed[0]?.left.map(({ tag }) => tag.split(':').at(-1)).sort()).toEqual([
      '1',
      '1.2',
      'latest',
    ])
  })

  test('a branch tag to an earlier commit if an older run ends last', async () => {
    await build('one', { version: 'x', description: 'Later' })
    const [later] = await merge(request(), runOf('second'))
    await build('one', { version: 'x', description: 'Earlier' })
    const [earlier] = await merge(request(), runOf('first'))
    expect(tag('main')).toBe(later?.digest)
    expect(tag('latest')).toBe(later?.digest)
    expect(tag(`sha-${shaOf('first').slice(0, 7)}`)).toBe(earlier?.digest)
    expect(github.requests.some(({ line }) => line.includes('/compare/'))).toBe(true)
  })

  test('a branch tag from a revert that reused an unchanged image', async () => {
    github.state.refs.set('refs/heads/main', { type: 'commit', sha: shaOf('third') })
    const container = { version: '1.2.3' }
    await build('one', container)
    const [first] = await merge(request(), runOf('first'))
    await merge(request(), runOf('third'))
    await build('one', { version: '1.2.4', description: 'Reverted' })
    await merge(request({ tags: 'auto' }), runOf('second'))
    expect(tag('main')).toBe(first?.digest)
  })

  test('a branch tag to an earlier commit with a later date', async () => {
    addCommit(github.state, 'skewed', [shaOf('second')], '2025-06-01T00:00:00Z')
    await build('one', { version: 'x', description: 'Later' })
    const [later] = await merge(request(), runOf('skewed'))
    await build('one', { version: 'x', description: 'Earlier' })
    await merge(request(), runOf('second'))
    for (const name of ['main', 'latest']) expect([name, tag(name)]).toEqual([name, later?.digest])
  })

  test('`latest` and `1.2` to an earlier commit of the same version', async () => {
    addCommit(github.state, 'skewed', [shaOf('second')], '2025-06-01T00:00:00Z')
    const tags = 'latest 1.2'
    await build('one', { version: '1.2.3', description: 'Later' })
    const [later] = await merge(request({ tags }), runOf('skewed'))
    await build('one', { version: '1.2.3', description: 'Earlier' })
    await merge(request({ tags }), runOf('second'))
    for (const name of ['latest', '1.2']) expect([name, tag(name)]).toEqual([name, later?.digest])
  })

  test('`1.2` to an earlier commit if the later run reused an unchanged image', async () => {
    github.state.refs.set('refs/heads/main', { type: 'commit', sha: shaOf('third') })
    const tags = 'type=raw,value=1.2\ntype=sha'
    await build('one', { version: '1.2.3' })
    const [first] = await merge(request({ tags }), runOf('first'))
    await merge(request({ tags }), runOf('third'))
    await build('one', { version: '1.2.3', description: 'Reverted' })
    await merge(request({ tags }), runOf('second'))
    expect(tag('1.2')).toBe(first?.digest)
  })

  test.each([
    ['auto', 'suffix=-alpine', 'main-alpine'],
    ['type=ref,event=branch\ntype=sha,prefix=git-,format=long', '', 'main'],
    ['type=ref,event=branch\ntype=sha,prefix=', 'suffix=-s', 'main-s'],
    ['type=ref,event=branch\ntype=raw,value={{sha}}-{{commit_date "YYYYMMDDHHmmss"}}\ntype=sha', '', 'main'],
  ])('a branch tag if the tags of commits have another form: %j, %s', async (tags, flavor, branch) => {
    github.state.refs.set('refs/heads/main', { type: 'commit', sha: shaOf('third') })
    await build('one', { version: 'x' })
    const [first] = await merge(request({ tags, flavor }), runOf('first'))
    await merge(request({ tags, flavor }), runOf('third'))
    await build('one', { version: 'x', description: 'Reverted' })
    await merge(request({ tags, flavor }), runOf('second'))
    expect(tag(branch)).toBe(first?.digest)
  })

  test('tags that another run sets during the push', async () => {
    await build('one', { version: '1.2.4' })
    const [newer] = await merge(request(), runOf('second'))
    const { tags } = registry.repository('o/one')
    const oldTags = new Map(tags)
    tags.clear()
    await build(
      'one',
      { version: '1.2.3', description: 'Other bytes', homepage: 'https://example.org' },
      BOTH,
    )
    await merge(
      request({ labels: 'other=config' }),
      whileSending(runOf('third'), () => {
        for (const [name, digest] of oldTags) tags.set(name, digest)
      }),
    )
    for (const name of ['latest', '1', '1.2', '1.2.4'])
      expect([name, tag(name)]).toEqual([name, newer?.digest])
    expect(tag('1.2.3')).not.toBe(newer?.digest)
    expect(tag('1.2.3')).toBeDefined()
  })
})

/** Runs a task once, when the first manifest is pushed. */
function whileSending(host: TestHost, task: () => void): TestHost {
  let done = false
  registry.onRequest = (method, path) => {
    if (done || method !== 'PUT' || !/\/manifests\/sha256:/.test(path)) return
    done = true
    task()
  }
  return host
}

describe('does not overwrite an exact version', () => {
  test('with other content: fails, and uploads nothing for any container', async () => {
    await build('one', { version: '1.2.3' })
    const [before] = await merge(request(), runOf('first'))
    await build('one', { version: '1.2.3', description: 'Another' })
    await build('two', { version: '2.0.0' })
    const failed = merge(request(), runOf('second'))
    await expect(failed).rejects.toThrow(
      /one:1\.2\.3.*already.*the derivations are the same; different: org\.opencontainers\.image\.description\)/s,
    )
    await expect(failed).rejects.toBeInstanceOf(UserError)
    expect(tag('1.2.3')).toBe(before?.digest)
    expect(tag('latest')).toBe(before?.digest)
    expect(registry.repositories.get('o/two')?.blobs.size ?? 0).toBe(0)
  })

  test('that another run sets during the push', async () => {
    await build('one', { version: '1.2.3' })
    const [before] = await merge(request(), runOf('first'))
    const { tags } = registry.repository('o/one')
    tags.clear()
    await build('one', { version: '1.2.3', description: 'Another' })
    const host = whileSending(runOf('second'), () => tags.set('1.2.3', before?.digest as never))
    await expect(merge(request({ labels: 'other=config' }), host)).rejects.toThrow(/one:1\.2\.3.*already/s)
    expect(host.summaries.join()).toMatch(/`one`.*\*\*failed\*\*: not all tags are set/)
    expect(tag('1.2.3')).toBe(before?.digest)
  })

  test.each(Object.entries(KEY_FORMS))(
    'with %s annotation keys, and lists the changed derivations in the error',
    async (_, prefix) => {
      await build('one', { version: '1.2.3' })
      await merge(request(), runOf('first'))
      const published = rekeyTags(registry, 'o/one', prefix).get('1.2.3')
      await build('one', { version: '1.2.3', description: 'Another' })
      await expect(merge(request(), runOf('second'))).rejects.toThrow(
        /one:1\.2\.3.*already.*the derivations are the same; different: org\.opencontainers\.image\.description\)/s,
      )
      await build('one', { version: '1.2.3', derivation: '/nix/store/other.drv' })
      const host = runOf('second')
      await expect(merge(request(), host)).rejects.toThrow(
        /one:1\.2\.3.*already.*changed for x86_64-linux and aarch64-linux/s,
      )
      expect(host.summaries).toEqual([
        expect.stringMatching(
          /No tag was changed[\s\S]*`one`.*\*\*not pushed\*\*.*<code>sha256:[0-9a-f]{32}<wbr>[0-9a-f]{32}<\/code>/,
        ),
      ])
      expect(tag('1.2.3')).toBe(published)
    },
  )

  test('unless `overwrite` is set', async () => {
    await build('one', { version: '1.2.3' })
    await merge(request(), runOf('first'))
    await build('one', { version: '1.2.3', description: 'Another' })
    const [after] = await merge(request({ overwrite: 'true' }), runOf('second'))
    expect(tag('1.2.3')).toBe(after?.digest)
    expect(tag('latest')).toBe(after?.digest)
  })
})

describe('pull requests', () => {
  const pull = (): TestHost => {
    const more = {
      GITHUB_EVENT_NAME: 'pull_request',
      GITHUB_REF: 'refs/pull/7/merge',
      GITHUB_BASE_REF: 'main',
    }
    return runOf('second', more, { pull_request: { number: 7 } })
  }

  test('upload the archive as an artifact and push nothing', async () => {
    await build('one')
    const uploaded: string[] = []
    const artifacts = {
      ...folderArtifacts([], copyFileSync),
      upload: async (file: string) => {
        uploaded.push(file.split('/').at(-1) ?? '')
        return { id: 1, name: file, size: 0 }
      },
    }
    const [merged] = await merge(request(), { ...pull(), artifacts })
    expect(uploaded).toEqual(['one.multi-arch.oci.tar'])
    expect(merged?.pushed).toEqual([])
    expect(registry.log).toEqual([])
  })

  test('push a tag with their number with `push: true`', async () => {
    await build('one')
    const [merged] = await merge(request({ push: 'true' }), pull())
    expect(tag('pr-7')).toBe(merged?.digest)
    expect(tag('latest')).toBeUndefined()
  })
})

describe('tags with image names, as docker/metadata-action outputs them', () => {
  test('set the destinations', async () => {
    await build('one')
    const tags = `${registry.host}/o/one:main\n${registry.host}/p/one:edge`
    await merge(request({ tags, image: '' }), runOf('first'))
    expect(tag('main')).toBeDefined()
    expect(tag('edge')).toBeUndefined()
    expect(registry.tag('p/one', 'edge')).toBe(tag('main'))
  })

  test('are for their image only, also if another line is a rule', async () => {
    await build('one')
    const image = `${registry.host}/o/one\n${registry.host}/p/one`
    const tags = `type=ref,event=branch\n${registry.host}/p/one:stable`
    await merge(request({ tags, image }), runOf('first'))
    expect(tag('stable')).toBeUndefined()
    expect(tag('main')).toBeDefined()
    expect(registry.tag('p/one', 'stable')).toBe(tag('main'))
    const other = merge(request({ tags: `auto\n${registry.host}/x/one:main` }), runOf('first'))
    await expect(other).rejects.toThrow(/x\/one, which is not a destination/)
  })

  test('are a usage error if the image is not a destination', async () => {
    await build('one')
    const failed = merge(request({ tags: `${registry.host}/x/one:main` }), runOf('first'))
    await expect(failed).rejects.toBeInstanceOf(UsageError)
    expect(registry.requests('PUT', /./)).toEqual([])
  })
})

describe('with a plan', () => {
  test('that could not evaluate the container, its version is that of its archives', async () => {
    await build('one', { version: '2.0.0' })
    const [newer] = await merge(request(), runOf('first'))
    await build('one', { version: '1.9.0', description: 'Older' })
    const systems = BOTH.map(system => ({ system, facts: {} }))
    const container = { name: 'one', imageName: 'one', build: true, why: 'deferred', systems }
    const plan = join(rig.folder, 'plan.json')
    writeFileSync(plan, encodePlan({ format: 1, containers: [container] }))
    await merge(request({ plan }), runOf('second'))
    expect(tag('1.9.0')).toBeDefined()
    for (const name of ['latest', '2.0.0']) expect([name, tag(name)]).toEqual([name, newer?.digest])
  })

  function planOf(image: string, digest: string, about: Partial<Container> = {}): PlanDocument {
    const systemsOf = (name: string) =>
      BOTH.map(system => {
        const container = containerOf(name, system, name === 'one' ? about : { version: '2.0.0' })
        const facts = createArchiveAnnotations(container, runOf('second'))
        return { system, derivation: container.derivation, facts }
      })
    return {
      format: 1,
      containers: [
        {
          name: 'one',
          imageName: 'one',
          build: false,
          why: 'unchanged',
          systems: systemsOf('one'),
          standing: { image, digest: digest as never },
        },
        { name: 'two', imageName: 'two', build: true, why: 'new', systems: systemsOf('two') },
      ],
    }
  }

  async function published(): Promise<{ image: string; digest: string; before: number }> {
    await build('one', { version: '1.2.3' })
    const [merged] = await merge(request(), runOf('first'))
    for (const file of readdirSync(folder).filter(file => file.startsWith('one-'))) rmSync(join(folder, file))
    await build('two', { version: '2.0.0' })
    return {
      image: merged?.pushed[0]?.image ?? '',
      digest: merged?.digest ?? '',
      before: registry.log.length,
    }
  }

  const withPlan = (document: PlanDocument, overrides: Record<string, string> = {}): MergeRequest => {
    mkdirSync(join(folder, 'plan'), { recursive: true })
    const file = join(folder, 'plan', 'plan.json')
    writeFileSync(file, encodePlan(document))
    return request({ plan: file, ...overrides })
  }

  test('reads an unchanged container from the registry, and updates its tags', async () => {
    const { image, digest, before } = await published()
    const document = planOf(image, digest, { version: '1.2.3' })
    const [one, two] = await merge(withPlan(document), runOf('second'))
    expect(one).toMatchObject({ container: 'one', unchanged: true, kept: true, digest })
    expect(two).toMatchObject({ container: 'two', unchanged: false })
    expect(tag(`sha-${shaOf('second').slice(0, 7)}`)).toBe(digest)
    const reads = registry.log
      .slice(before)
      .filter(({ path, method }) => method === 'GET' && /o\/one\/blobs/.test(path))
      .filter(({ headers }) => headers.range === undefined)
    // Only the configs are read, no layers.
    expect(reads).toHaveLength(2)
  })

  test.each(Object.entries(KEY_FORMS))(
    'reuses an unchanged container with %s annotation keys',
    async (_, prefix) => {
      const { image, digest } = await published()
      const rekeyed = rekeyTags(registry, 'o/one', prefix).get('1.2.3') as string
      const document = keysAs(prefix, planOf(image.replace(digest, rekeyed), rekeyed, { version: '1.2.3' }))
      const [one, two] = await merge(withPlan(document), runOf('second'))
      expect(one).toMatchObject({ container: 'one', unchanged: true, kept: true, digest: rekeyed })
      expect(one?.pushed[0]?.blobs.uploaded).toBe(0)
      expect(two).toMatchObject({ container: 'two', unchanged: false })
      for (const name of ['1.2.3', 'latest', `sha-${shaOf('second').slice(0, 7)}`])
        expect([name, tag(name)]).toEqual([name, rekeyed])
    },
  )

  test('creates a new index with the same layers for a new version', async () => {
    const { image, digest } = await published()
    const [one] = await merge(withPlan(planOf(image, digest), { version: '1.2.4' }), runOf('second'))
    expect(one?.digest).not.toBe(digest)
    expect(tag('1.2.4')).toBe(one?.digest)
    expect(tag('1.2.3')).toBe(digest)
    expect(one?.pushed[0]?.blobs.uploaded).toBe(0)
  })

  test('copies an unchanged container to a second registry', async () => {
    const { image, digest } = await published()
    const both = `${registry.host}/o/{name}\n${registry.host}/p/{name}`
    const document = planOf(image, digest, { version: '1.2.3' })
    await merge(withPlan(document, { image: both }), runOf('second'))
    expect(registry.tag('p/one', 'latest')).toBe(digest)
    expect(registry.missing('p/one', digest as never)).toEqual([])
  })

  test('requires the planned systems of each container', async () => {
    await build('one')
    await build('two', {}, ['x86_64-linux'])
    const of = (name: string, systems: readonly System[]) => ({
      name,
      imageName: name,
      build: true,
      why: 'new',
      systems: systems.map(system => ({
        system,
        derivation: containerOf(name, system).derivation,
        facts: createArchiveAnnotations(containerOf(name, system), runOf('first')),
      })),
    })
    const document = { format: 1, containers: [of('one', BOTH), of('two', ['x86_64-linux'])] } as const
    const merged = await merge(withPlan(document), runOf('first'))
    expect(merged.map(({ platforms }) => platforms.length)).toEqual([2, 1])
  })

  test('fails if an archive is from another derivation', async () => {
    const { image, digest } = await published()
    const document = planOf(image, digest)
    const [one, two] = document.containers
    const systems = two?.systems.map(each => ({ ...each, derivation: `${each.derivation}x` })) ?? []
    const other = { ...document, containers: [one, { ...two, systems }] } as PlanDocument
    await expect(merge(withPlan(other), runOf('second'))).rejects.toThrow(/not from the planned derivation/)
  })

  test('fails if an archive is missing', async () => {
    const { image, digest } = await published()
    rmSync(join(folder, 'two-aarch64-linux.oci.tar'))
    await expect(merge(withPlan(planOf(image, digest)), runOf('second'))).rejects.toThrow(
      /two-aarch64-linux\.oci\.tar/,
    )
  })
})

describe('releases', () => {
  test('creates a Git tag and a release once for a new version', async () => {
    await build('one', { version: '1.2.3' })
    await merge(request({ release: 'true' }), runOf('first'))
    expect(github.state.refs.get('refs/tags/v1.2.3')?.sha).toBe(shaOf('first'))
    expect(github.state.releases.map(({ tag }) => tag)).toEqual(['v1.2.3'])
    expect(github.state.releases[0]?.body).toContain('/o/one@sha256:')
    await merge(request({ release: 'true' }), runOf('second'))
    expect(github.state.releases).toHaveLength(1)
  })

  test('compares with the previous release in the notes', async () => {
    await build('one', { version: '1.2.3' })
    await merge(request({ release: 'true' }), runOf('first'))
    await build('one', { version: '1.3.0' })
    await merge(request({ release: 'true' }), runOf('second'))
    expect(github.state.releases[1]?.body).toContain('1.2.3')
  })

  test('compares the sizes with the previous version in the notes', async () => {
    await build('one', { version: '1.2.3' })
    await merge(request({ release: 'true' }), runOf('first'))
    await build('one', { version: '1.3.0' })
    const labels = `about=${'much '.repeat(400)}`
    await merge(request({ release: 'true', labels }), runOf('second'))
    const row = /^\| `one` \| linux\/amd64 \| .*$/m.exec(github.state.releases[1]?.body ?? '')?.[0]
    expect(row).toMatch(/\| \+2(\.\d)? kB \(\+\d+ %\) \|$/)
  })

  test('compares the sizes if tags have a prefix and a suffix', async () => {
    const overrides = { release: 'true', flavor: 'prefix=v\nsuffix=-slim' }
    await build('one', { version: '1.2.3' })
    await merge(request(overrides), runOf('first'))
    await build('one', { version: '1.3.0' })
    await merge(request(overrides), runOf('second'))
    expect(tag('v1.3.0-slim')).toBeDefined()
    expect(github.state.releases[1]?.body).toMatch(/\| `one` \| linux\/amd64 \| .* \| same \|$/m)
  })

  const failing = { match: 'POST /repos/owner/repo/releases', status: 422, message: 'no' }

  test('creates the release in the next push after a failure between Git tag and release', async () => {
    await build('one', { version: '1.2.3' })
    github.fail(failing)
    await expect(merge(request({ release: 'true' }), runOf('first'))).rejects.toThrow('422')
    expect([github.state.refs.get('refs/tags/v1.2.3')?.sha, github.state.releases]).toEqual([
      shaOf('first'),
      [],
    ])
    await merge(request({ release: 'true' }), runOf('second'))
    expect(github.state.refs.get('refs/tags/v1.2.3')?.sha).toBe(shaOf('first'))
    expect(github.state.releases.map(({ tag }) => tag)).toEqual(['v1.2.3'])
    expect(github.state.releases[0]?.body).toContain(`/o/one@${tag('1.2.3')}`)
  })

  test.each([
    ['on another branch', 'aside'],
    ['at a later commit', 'third'],
  ])('creates no release if the Git tag is %s', async (_, at) => {
    addCommit(github.state, 'aside', [shaOf('first')])
    github.state.refs.set('refs/tags/v1.2.3', { type: 'commit', sha: shaOf(at) })
    await build('one', { version: '1.2.3' })
    await merge(request({ release: 'true' }), runOf('second'))
    expect(github.state.releases).toEqual([])
    expect(github.state.refs.get('refs/tags/v1.2.3')?.sha).toBe(shaOf(at))
    expect(rig.hosts.at(-1)?.logged.join('\n')).toMatch(
      /No release is created: the Git tag v1\.2\.3 points to another commit/,
    )
    expect(tag('1.2.3')).toBeDefined()
  })

  test('pushes the images and fails with a hint if the token has no write permission', async () => {
    await build('one', { version: '1.2.3' })
    const failed = merge(request({ release: 'true', 'github-token': 'reader' }), runOf('first'))
    await expect(failed).rejects.toMatchObject({ hint: expect.stringContaining('contents: write') })
    expect(tag('1.2.3')).toBeDefined()
  })

  test('creates no release for another branch', async () => {
    await build('one', { version: '1.2.3' })
    await merge(request({ release: 'true' }), runOf('first', { GITHUB_REF: 'refs/heads/feature' }))
    expect(github.state.refs.size).toBe(0)
    expect(tag('1.2.3')).toBeUndefined()
    expect(tag('feature')).toBeDefined()
  })
})

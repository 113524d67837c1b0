import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { merge } from '../../../src/command/merge/merge.js'
import { formatResult } from '../../../src/entry/json-output.js'
import type { Artifacts } from '../../../src/host/host.js'
import type { Digest } from '../../../src/oci/digest.js'
import { parseManifest } from '../../../src/oci/image.js'
import { parseCycloneDx } from '../../../src/sbom/read-cyclonedx.js'
import { contentsOf } from '../../support/archives.js'
import { parseResult } from '../../support/output.js'
import type { RegistryOptions } from '../../support/registry.js'
import { type MergeRig, mergeRig, planUnchanged } from './merge-rig.js'

const CYCLONEDX = 'application/vnd.cyclonedx+json'
const SPDX = 'application/spdx+json'
const WITH_SBOM = { sbom: 'true', tags: '1.0, latest' }

let rig: MergeRig
beforeEach(() => open({}))
afterEach(() => rig.close())

async function open(options: RegistryOptions): Promise<void> {
  rig = await mergeRig(options)
  await rig.buildWithContents('one', contentsOf)
}

/** The artifacts in the registry, by subject and type. */
function artifactsIn(repository = 'o/one') {
  return [...rig.registry.repository(repository).manifests].flatMap(([digest, { bytes }]) => {
    if (!String(bytes).includes('"subject"')) return []
    const { subject, artifactType, layers } = parseManifest(bytes)
    const document = rig.registry.blobs.get(layers[0]?.digest as Digest)
    return [{ digest, subject: subject?.digest, artifactType, document: String(document) }]
  })
}

test.each([true, 'draft', false] as const)(
  'each image and the index have an SBOM in two formats, before a tag is set; referrers API: %s',
  async referrers => {
    await rig.close()
    await open({ referrers })
    rig.registry.onTag = (_, tag) => {
      if (!tag.startsWith('sha256-')) expect(artifactsIn()).toHaveLength(6)
    }
    const [merged] = await merge(rig.request(WITH_SBOM), rig.runOf('first'))
    const artifacts = artifactsIn()
    const subjects = [merged?.digest, ...(merged?.platforms.map(({ digest }) => digest) ?? [])]
    for (const subject of subjects)
      for (const type of [CYCLONEDX, SPDX]) {
        const [found, ...more] = artifacts.filter(
          each => each.subject === subject && each.artifactType === type,
        )
        expect(more).toEqual([])
        expect(found?.document).toContain(String(subject).replace('sha256:', ''))
        expect(rig.registry.missing('o/one', found?.digest as Digest)).toEqual([])
      }
    const arm = merged?.platforms.find(({ system }) => system === 'aarch64-linux')
    const document = artifacts.find(
      each => each.subject === arm?.digest && each.artifactType === CYCLONEDX,
    )?.document
    expect(parseCycloneDx(document ?? '')).toMatchObject({
      contents: contentsOf('aarch64-linux'),
      subject: { platform: { architecture: 'arm64' }, digest: arm?.digest },
    })
    expect(merged?.sboms?.map(({ digest }) => digest).sort()).toEqual(
      artifacts.map(({ digest }) => digest).sort(),
    )
    expect(merged?.sboms?.filter(({ platform }) => platform === 'linux/arm64')).toMatchObject([
      { artifactType: CYCLONEDX, fileName: 'one-aarch64-linux.cdx.json' },
      { artifactType: SPDX, fileName: 'one-aarch64-linux.spdx.json' },
    ])
    expect(rig.tag('latest')).toBe(merged?.digest)
    expect(parseResult(formatResult('merge', [merged], 0))).toHaveLength(1)
  },
)

test('the same commit gives the same SBOMs, and a second run sends nothing', async () => {
  await merge(rig.request(WITH_SBOM), rig.runOf('first'))
  const before = artifactsIn()
  for (const commit of ['first', 'second']) {
    rig.registry.log.length = 0
    await merge(rig.request(WITH_SBOM), rig.runOf(commit))
    expect(rig.registry.requests('PUT', /./)).toEqual([])
    expect(rig.registry.requests('POST', /uploads/)).toEqual([])
  }
  expect(artifactsIn()).toEqual(before)
})

test.each([
  [true, 3],
  // One question for the API. For each of three subjects, the tag, and a check for each of its two documents.
  [false, 1 + 3 * (1 + 2)],
])('an unchanged image needs few requests for its SBOMs; referrers API: %s', async (referrers, more) => {
  await rig.close()
  await open({ referrers })
  const count = async (sbom: string): Promise<number> => {
    rig.registry.log.length = 0
    await merge(rig.request({ ...WITH_SBOM, sbom }), rig.runOf('first'))
    return rig.registry.log.length
  }
  await count('true')
  const without = await count('false')
  expect((await count('true')) - without).toBe(more)
})

test('an image that was pushed without SBOMs gets them, and keeps its digest', async () => {
  const [first] = await merge(rig.request({ tags: '1.0' }), rig.runOf('first'))
  expect(artifactsIn()).toEqual([])
  const [second] = await merge(rig.request({ ...WITH_SBOM, tags: '1.0' }), rig.runOf('second'))
  expect(second?.digest).toBe(first?.digest)
  expect(artifactsIn()).toHaveLength(6)
})

test('without the input there are no SBOMs, and no requests for them', async () => {
  const [merged] = await merge(rig.request({ tags: '1.0' }), rig.runOf('first'))
  expect(merged).not.toHaveProperty('sboms')
  expect(rig.registry.log.filter(({ path }) => /referrers|sha256-/.test(path))).toEqual([])
})

test.each([
  ['a document is refused', { method: 'PUT', path: /uploads/, after: 5 }],
  ['a manifest is refused', { method: 'PUT', path: /manifests/, after: 4 }],
  ['the list is refused', { method: 'PUT', path: /manifests\/sha256-/ }],
])('if %s, no tag is set', async (_, fault) => {
  await rig.close()
  await open({ referrers: false })
  rig.registry.fault({ ...fault, times: 99, action: { kind: 'status', status: 403 } })
  await expect(merge(rig.request(WITH_SBOM), rig.runOf('first'))).rejects.toThrow(/does not allow/)
  const tags = [...rig.registry.repository('o/one').tags.keys()]
  expect(tags.filter(tag => !tag.startsWith('sha256-'))).toEqual([])
})

test('all destinations get the SBOMs, and a second repository gets them by mounts', async () => {
  const image = ['one', 'two'].map(name => `${rig.registry.host}/${name}/{name}`).join('\n')
  await merge(rig.request({ ...WITH_SBOM, image }), rig.runOf('first'))
  for (const name of ['one/one', 'two/one']) expect(artifactsIn(name)).toHaveLength(6)
  const [first] = artifactsIn('one/one')
  const sent = rig.registry.requests('PUT', /uploads/).length
  // Two configs, three layers, six documents, and the empty config.
  expect(sent).toBe(2 + 3 + 6 + 1)
  expect(artifactsIn('two/one')).toContainEqual(first)
})

test('an image that was built without its contents has no SBOM, and a warning says so', async () => {
  await rig.build('one')
  const host = rig.runOf('first')
  const [merged] = await merge(rig.request(WITH_SBOM), host)
  expect(merged).not.toHaveProperty('sboms')
  expect(host.logged.join('\n')).toContain(
    'one gets no SBOM for x86_64-linux, aarch64-linux: it was built without `sbom: true`',
  )
})

test('the SBOMs of an image that is not pushed are beside its archive', async () => {
  const out = join(rig.folder, 'out')
  const request = rig.request({ sbom: 'true', archive: join(out, '{name}.tar'), push: 'false', image: '' })
  const [merged] = await merge(request, rig.runOf('first'))
  expect(merged?.sboms?.map(({ path }) => path)).toContain(join(out, 'one.index.cdx.json'))
  expect(readdirSync(out).sort()).toEqual([
    'one.index.cdx.json',
    'one.index.spdx.json',
    'one.linux-amd64.cdx.json',
    'one.linux-amd64.spdx.json',
    'one.linux-arm64.cdx.json',
    'one.linux-arm64.spdx.json',
    'one.tar',
  ])
  const text = readFileSync(join(out, 'one.linux-amd64.cdx.json'), 'utf8')
  expect(parseCycloneDx(text).contents).toEqual(contentsOf('x86_64-linux'))
})

test('an SBOM must not overwrite the SBOM of another container', async () => {
  await rig.buildWithContents('one.oci', contentsOf)
  const archive = join(rig.folder, 'out', '{name}.tar')
  const run = merge(rig.request({ sbom: 'true', archive, push: 'false', image: '' }), rig.runOf('first'))
  await expect(run).rejects.toThrow(/one\.linux-amd64\.cdx\.json would overwrite another file of this run/)
  expect(existsSync(join(rig.folder, 'out'))).toBe(false)
})

test('on GitHub, each SBOM is an artifact of the run, also for a pull request', async () => {
  const uploaded = new Map<string, string>()
  const artifacts: Artifacts = {
    async upload(file) {
      uploaded.set(basename(file), file.endsWith('.json') ? readFileSync(file, 'utf8') : '')
      return { id: 1, name: basename(file), size: 1 }
    },
    list: async () => [],
    download: () => Promise.reject(new Error('nothing to download')),
  }
  const env = { GITHUB_EVENT_NAME: 'pull_request', GITHUB_REF: 'refs/pull/7/merge' }
  await merge(rig.request({ sbom: 'true' }), rig.runOf('first', { artifacts, env }))
  expect([...uploaded.keys()].sort()).toEqual([
    'one-aarch64-linux.cdx.json',
    'one-aarch64-linux.spdx.json',
    'one-x86_64-linux.cdx.json',
    'one-x86_64-linux.spdx.json',
    'one.index.cdx.json',
    'one.index.spdx.json',
    'one.multi-arch.oci.tar',
  ])
  expect(parseCycloneDx(uploaded.get('one-aarch64-linux.cdx.json') ?? '').contents).toEqual(
    contentsOf('aarch64-linux'),
  )
  expect(rig.registry.requests('PUT', /./)).toEqual([])
})

test('a release has the SBOMs as files', async () => {
  rig.github.state.immutableReleases = true
  await rig.buildWithContents('one', contentsOf)
  const request = rig.request({ sbom: 'true', release: 'true', version: '1.2.3' })
  await merge(request, rig.runOf('first'))
  const [release, ...more] = rig.github.state.releases
  expect(more).toEqual([])
  expect(release?.draft).toBe(false)
  const files = new Map(release?.assets.map(({ name, content }) => [name, content]))
  expect([...files.keys()].sort()).toEqual([
    'one-aarch64-linux.cdx.json',
    'one-aarch64-linux.spdx.json',
    'one-x86_64-linux.cdx.json',
    'one-x86_64-linux.spdx.json',
    'one.index.cdx.json',
    'one.index.spdx.json',
  ])
  // The file is the document in the registry.
  const documents = artifactsIn().map(({ document }) => document)
  for (const content of files.values()) expect(documents).toContain(content)
})

describe('what changed since an earlier image', () => {
  async function pushOther(commit: string, version: string) {
    await rig.buildWithContents('one', system => contentsOf(system, { version, name: 'fd|@x' }))
    const host = rig.runOf(commit)
    await merge(rig.request({ sbom: 'true', tags: 'latest', annotations: `commit=${commit}` }), host)
    return host.summaries.join('\n')
  }

  test.each([true, 'draft', false] as const)(
    'the summary has the packages; referrers API: %s',
    async referrers => {
      await rig.close()
      await open({ referrers })
      expect(await pushOther('first', '1.9')).not.toContain('Packages')
      const summary = await pushOther('second', '1.10')
      expect(summary).toContain(
        '#### Packages\n\n`one` for `linux/amd64`, since `latest`:\n\n- Upgraded: `fd¦@x` 1.9 → 1.10',
      )
      expect(summary).not.toContain('zlib')
    },
  )

  test('nothing is said if the earlier image has no SBOM', async () => {
    await merge(rig.request({ tags: 'latest' }), rig.runOf('first'))
    const summary = await pushOther('second', '1.10')
    expect(summary).not.toContain('#### Packages')
  })

  test('a registry that refuses the comparison causes a warning, and no failure', async () => {
    await pushOther('first', '1.9')
    rig.registry.fault({
      method: 'GET',
      path: /referrers/,
      times: 99,
      action: { kind: 'status', status: 403 },
    })
    const hosts = rig.hosts.length
    await pushOther('second', '1.10')
    expect(rig.hosts[hosts]?.logged.join('\n')).toContain('Cannot compare the packages of one with latest: ')
  })

  test('the notes of a release have the packages since the last version', async () => {
    for (const [n, version] of ['1.0.0', '1.1.0'].entries()) {
      await rig.buildWithContents('one', system => contentsOf(system, { version }))
      const request = rig.request({ sbom: 'true', release: 'true', version })
      await merge(request, rig.runOf(n === 0 ? 'first' : 'second'))
    }
    expect(rig.github.state.releases[0]?.body).not.toContain('Packages')
    expect(rig.github.state.releases[1]?.body).toContain(
      '### Packages\n\n`one` for `linux/amd64`, since `1.0.0`:\n\n- Upgraded: `fd` 1.0.0 → 1.1.0\n\nDigests',
    )
  })
})

describe('a container that the plan found unchanged', () => {
  test('keeps its SBOMs, which are not requested', async () => {
    await merge(rig.request(WITH_SBOM), rig.runOf('first'))
    const plan = planUnchanged(rig, { sbom: true })
    rig.registry.log.length = 0
    const host = rig.runOf('second')
    await merge(rig.request({ ...WITH_SBOM, plan, tags: '1.0, latest, next' }), host)
    expect(rig.registry.log.filter(({ path }) => /referrers|sha256-/.test(path))).toEqual([])
    expect(rig.registry.requests('PUT', /./)).toHaveLength(1)
    expect(host.logged.filter(line => line.startsWith('warning'))).toEqual([])
  })

  test('a plan that was made without SBOMs is a warning', async () => {
    await merge(rig.request({ tags: '1.0, latest' }), rig.runOf('first'))
    const host = rig.runOf('second')
    await merge(rig.request({ ...WITH_SBOM, plan: planUnchanged(rig, {}) }), host)
    expect(host.logged.join('\n')).toContain(
      'The plan was made without `sbom: true`, so it was not checked whether one has an SBOM',
    )
  })

  test('has SBOMs under its new version, in another repository, and in a release', async () => {
    await merge(rig.request(WITH_SBOM), rig.runOf('first'))
    const plan = planUnchanged(rig, { sbom: true })
    const image = ['o', 'two'].map(name => `${rig.registry.host}/${name}/{name}`).join('\n')
    const request = rig.request({ sbom: 'true', plan, image, version: '2.0.0', release: 'true' })
    const [merged] = await merge(request, rig.runOf('second'))
    expect(merged?.unchanged).toBe(true)
    for (const repository of ['o/one', 'two/one']) {
      const artifacts = artifactsIn(repository)
      for (const sbom of merged?.sboms ?? [])
        expect(artifacts.filter(({ digest }) => digest === sbom.digest)).toHaveLength(1)
      const arm = artifacts.find(
        ({ digest }) =>
          digest === merged?.sboms?.find(({ fileName }) => fileName === 'one-aarch64-linux.cdx.json')?.digest,
      )
      expect(parseCycloneDx(arm?.document ?? '')).toMatchObject({
        contents: contentsOf('aarch64-linux'),
        subject: { version: '2.0.0' },
      })
    }
    expect(merged?.sboms).toHaveLength(6)
    expect(rig.github.state.releases[0]?.assets).toHaveLength(6)
  })
})

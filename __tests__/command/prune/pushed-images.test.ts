import { generateKeyPairSync } from 'node:crypto'
import { afterEach, expect, test } from '@jest/globals'
import { BUNDLE_TYPE } from '../../../src/attestation/bundle.js'
import { merge } from '../../../src/command/merge/merge.js'
import { prune } from '../../../src/command/prune/prune.js'
import { PRUNE_INPUTS } from '../../../src/input/input-table.js'
import { readInputs } from '../../../src/input/read-inputs.js'
import type { Digest } from '../../../src/oci/digest.js'
import { archiveOf, containerOf, contentsOf } from '../../support/archives.js'
import { PackageState } from '../../support/github-packages.js'
import { testHost } from '../../support/host.js'
import { BOTH, type MergeRig, mergeRig } from '../merge/merge-rig.js'

let rig: MergeRig
let state: PackageState
afterEach(() => rig.close())

async function open(referrers: boolean): Promise<void> {
  rig = await mergeRig({ referrers })
  state = new PackageState({ stored: rig.registry.repository('o/one'), repository: 'owner/repo' })
  rig.github.state.accounts.set('o', { type: 'User', packages: new Map([['one', state]]) })
}

const INPUTS = { sbom: 'true', tags: 'latest' }

async function runPrune() {
  const host = rig.runOf('third')
  const texts: Record<string, string> = { 'github-token': 'writer', delete: 'true' }
  const [report] = await prune(
    [`${rig.registry.host}/o/one`],
    readInputs(PRUNE_INPUTS, name => texts[name], host),
    host,
  )
  return report
}

/** Whether the index of a tag is complete, with the six SBOMs of its images and of itself. */
function expectComplete(tag: string): void {
  const digest = rig.tag(tag) as Digest
  const subjects = [digest, ...rig.indexAt(tag).manifests.map(manifest => manifest.digest)]
  expect(rig.registry.missing('o/one', digest)).toEqual([])
  const { manifests } = rig.registry.repository('o/one')
  const sboms = [...manifests.values()].filter(({ bytes }) => {
    const { subject } = JSON.parse(String(bytes)) as { subject?: { digest: Digest } }
    return subject !== undefined && subjects.includes(subject.digest)
  })
  expect(sboms).toHaveLength(6)
}

async function build(description: string): Promise<void> {
  for (const system of BOTH) {
    const container = containerOf('one', system, { description })
    await archiveOf(rig.folder, container, testHost(), undefined, contentsOf(system))
  }
}

test.each([true, false])(
  'a pushed image stays with its SBOMs, and the image before it is removed with its own; referrers API: %s',
  async referrers => {
    await open(referrers)
    await build('The first')
    await merge(rig.request({ ...INPUTS, tags: 'latest, pr-7' }), rig.runOf('first'))
    const { manifests } = rig.registry.repository('o/one')
    const before = [...manifests.keys()]
    state.passHours(24 * 40)
    expect((await runPrune())?.versions).toEqual([])
    expectComplete('latest')

    await build('The second')
    await merge(rig.request(INPUTS), rig.runOf('second'))
    const pushed = [...manifests.keys()].filter(digest => !before.includes(digest))
    expect(rig.tag('latest')).not.toBe(rig.tag('pr-7'))
    rig.github.state.pullRequests.set(7, 'closed')
    state.passHours(24 * 2)
    const report = await runPrune()
    expect(report?.versions.map(({ version }) => version.digest).sort()).toEqual([...before].sort())
    expect([...manifests.keys()].sort()).toEqual([...pushed].sort())
    expectComplete('latest')

    rig.registry.log.length = 0
    await merge(rig.request(INPUTS), rig.runOf('second'))
    expect(rig.registry.requests('PUT', /./)).toEqual([])
  },
)

test.each([true, false])(
  'attestations stay with their image, and go with it; referrers API: %s',
  async referrers => {
    await open(referrers)
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const key = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
    const signed = { attest: 'key', 'signing-key': key }
    const { manifests } = rig.registry.repository('o/one')
    const bundles = (): string[] => [...manifests.values()].map(({ bytes }) => String(bytes)).filter(isBundle)
    await build('The first')
    await merge(rig.request({ ...signed, tags: 'latest, pr-7' }), rig.runOf('first'))
    await build('The second')
    await merge(rig.request({ ...signed, tags: 'latest' }), rig.runOf('second'))
    expect(bundles()).toHaveLength(12)
    rig.github.state.pullRequests.set(7, 'closed')
    state.passHours(24 * 2)
    await runPrune()
    expect(bundles()).toHaveLength(6)
    const subjects = [rig.tag('latest'), ...rig.indexAt('latest').manifests.map(({ digest }) => digest)]
    for (const bundle of bundles()) expect(subjects).toContain(JSON.parse(bundle).subject.digest)
    // The next run signs nothing.
    rig.registry.log.length = 0
    await merge(rig.request({ ...signed, tags: 'latest' }), rig.runOf('second'))
    expect(rig.registry.requests('PUT', /./)).toEqual([])
  },
)

const isBundle = (manifest: string): boolean => {
  const { artifactType, subject } = JSON.parse(manifest)
  return artifactType === BUNDLE_TYPE && subject !== undefined
}

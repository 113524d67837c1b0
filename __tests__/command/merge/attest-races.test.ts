import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { merge } from '../../../src/command/merge/merge.js'
import { contentsOf } from '../../support/archives.js'
import type { RegistryOptions } from '../../support/registry.js'
import { type AttestRig, attestRig } from './attest-rig.js'

let rig: AttestRig
beforeEach(() => open({}))
afterEach(() => rig.close())

async function open(options: RegistryOptions): Promise<void> {
  rig = await attestRig(options)
  await rig.buildWithContents('one', contentsOf)
}

async function reopen(options: RegistryOptions): Promise<void> {
  await rig.close()
  await open(options)
}

const tagsIn = (): string[] =>
  [...rig.registry.repository('o/one').tags.keys()].filter(tag => !tag.startsWith('sha256-'))

/** What the lists of the registry without the referrers API have, by subject. */
function listed(): Map<string, number> {
  const { tags, manifests } = rig.registry.repository('o/one')
  const lists = [...tags].filter(([tag]) => tag.startsWith('sha256-'))
  return new Map(
    lists.map(([tag, digest]) => [tag, JSON.parse(String(manifests.get(digest)?.bytes)).manifests.length]),
  )
}

test('two merges that sign at once lose no entry of the lists', async () => {
  await reopen({ referrers: false })
  const both = await Promise.all([
    merge(rig.signed({ sbom: 'true' }), rig.job('first')),
    merge(rig.signed({ sbom: 'true' }), rig.job('first')),
  ])
  const [[one] = [], [other] = []] = both
  expect(one?.digest).toBe(other?.digest)
  const attached = new Map<string, number>()
  for (const { subject } of rig.bundles())
    attached.set(String(subject), (attached.get(String(subject)) ?? 0) + 1)
  // Two SBOMs for each subject, and what the runs have signed.
  for (const [subject, bundles] of attached)
    expect([subject, listed().get(subject.replace(':', '-'))]).toEqual([subject, bundles + 2])
  // The next run finds them.
  const before = rig.signatures()
  await merge(rig.signed({ sbom: 'true' }), rig.job('second'))
  expect(rig.signatures()).toBe(before)
})

test('a list that cannot be changed is an error before any tag, which says what to do', async () => {
  await reopen({
    referrers: false,
    immutableTags: { status: 403, code: 'DENIED', message: 'tag is immutable' },
  })
  await expect(merge(rig.signed({ sbom: 'true' }), rig.job('first'))).rejects.toMatchObject({
    message: expect.stringMatching(
      /The images were pushed, but not attested: .*:sha256-[0-9a-f]{64} cannot be changed/,
    ),
    hint: expect.stringMatching(
      /No tag was changed\. .*exclude tags that begin with `sha256-`.*`attest: false`/s,
    ),
  })
  expect(tagsIn()).toEqual([])
})

describe('a merge that is interrupted sets no tag, and the next run does the rest:', () => {
  /** Runs a merge that is interrupted when `prepare` calls its argument. Returns the milliseconds until its end. */
  async function interrupt(prepare: (stop: () => void) => void): Promise<number> {
    const abort = new AbortController()
    let stopped = 0
    prepare(() => {
      stopped = performance.now()
      abort.abort(new Error('interrupted'))
    })
    const host = { ...rig.job('first'), signal: abort.signal }
    await expect(merge(rig.signed({ sbom: 'true' }), host)).rejects.toThrow('interrupted')
    return performance.now() - stopped
  }

  async function expectHealed(): Promise<void> {
    expect(tagsIn()).toEqual([])
    rig.registry.onRequest = () => {}
    await rig.sigstore.heal()
    const [merged] = await merge(rig.signed({ sbom: 'true' }), rig.job('first'))
    expect(rig.tag('latest')).toBe(merged?.digest)
    const distinct = new Set(
      rig.bundles().map(({ subject, statement }) => `${subject} ${statement.predicateType}`),
    )
    expect(distinct.size).toBe(12)
    expect(rig.github.state.attestations).toHaveLength(7)
  }

  test('while a service is slow', async () => {
    rig.sigstore.rekor2.fail({ times: Number.POSITIVE_INFINITY, delayMs: 20_000 })
    expect(await interrupt(stop => setTimeout(stop, 1500))).toBeLessThan(2000)
    await expectHealed()
  })

  // The bundles and their artifacts are sent from the 22nd to the 41st one.
  test.each([22, 28, 33, 41])('before upload %i', async count => {
    let puts = 0
    await interrupt(stop => {
      rig.registry.onRequest = method => {
        if (method === 'PUT') puts++
        if (method === 'PUT' && puts === count) stop()
      }
    })
    await expectHealed()
  })
})

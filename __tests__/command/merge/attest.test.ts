import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { merge } from '../../../src/command/merge/merge.js'
import type { Digest } from '../../../src/oci/digest.js'
import { contentsOf } from '../../support/archives.js'
import type { RegistryOptions } from '../../support/registry.js'
import { type AttestRig, attestRig } from './attest-rig.js'

const SLSA = 'https://slsa.dev/provenance/v1'
const SIGNATURE = 'https://sigstore.dev/cosign/sign/v1'

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

test.each([true, 'draft', false] as const)(
  'the index and each image have a provenance and a signature before a tag is set; referrers API: %s',
  async referrers => {
    await reopen({ referrers })
    rig.registry.onTag = (_, tag) => {
      if (!tag.startsWith('sha256-')) expect(rig.bundles()).toHaveLength(6)
    }
    const [merged] = await merge(rig.signed(), rig.job('first'))
    const subjects = [merged?.digest as Digest, ...(merged?.platforms.map(({ digest }) => digest) ?? [])]
    const bundles = rig.bundles()
    for (const type of [SLSA, SIGNATURE]) {
      const ofType = bundles.filter(({ statement }) => statement.predicateType === type)
      expect(ofType.map(({ subject }) => subject).sort()).toEqual([...subjects].sort())
      expect(new Set(ofType.map(({ bundle }) => bundle)).size).toBe(1)
      for (const { statement, annotations } of ofType) {
        const digests = statement.subject.map(({ digest: { sha256 } }) => `sha256:${sha256}`)
        expect(digests.sort()).toEqual([...subjects].sort())
        expect(annotations).toMatchObject({
          'dev.sigstore.bundle.content': 'dsse-envelope',
          'dev.sigstore.bundle.predicateType': type,
        })
      }
    }
    expect(rig.signatures()).toBe(2)
    expect(rig.github.state.attestations.map(({ predicateType }) => predicateType)).toEqual([SLSA])
    expect(rig.tag('latest')).toBe(merged?.digest)
    expect(merged?.attestations?.map(({ fileName }) => fileName)).toEqual([
      'one.provenance.sigstore.json',
      'one.signature.sigstore.json',
    ])
  },
)

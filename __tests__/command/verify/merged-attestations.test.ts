import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { merge } from '../../../src/command/merge/merge.js'
import { type VerifyResult, verifyImage } from '../../../src/command/verify-image.js'
import { VERIFY_INPUTS } from '../../../src/input/input-table.js'
import { readInputs } from '../../../src/input/read-inputs.js'
import { type Descriptor, descriptorOf } from '../../../src/oci/descriptor.js'
import { digestOf } from '../../../src/oci/digest.js'
import { createBlob } from '../../../src/oci/image.js'
import { CYCLONEDX_TYPE } from '../../../src/sbom/cyclonedx.js'
import { contentsOf } from '../../support/archives.js'
import { silentHost, type TestHost, testHost } from '../../support/host.js'
import type { RegistryOptions } from '../../support/registry.js'
import { newKeyPair } from '../../support/sign-bundle.js'
import { type AttestRig, attestRig } from '../merge/attest-rig.js'

let rig: AttestRig
let host: TestHost
beforeEach(() => open({}))
afterEach(async () => {
  host.remove()
  await rig.close()
})

async function open(options: RegistryOptions): Promise<void> {
  rig = await attestRig(options)
  host = testHost({ env: { GITHUB_API_URL: rig.github.url } })
  await rig.buildWithContents('one', contentsOf)
}

function verify(given: Readonly<Record<string, string>> = {}): Promise<VerifyResult> {
  const { trustedRoot } = rig.sigstore.writeFiles(rig.services)
  const all: Readonly<Record<string, string>> = {
    ...(given.key === undefined && { repo: 'owner/repo', 'trusted-root': trustedRoot }),
    ...given,
  }
  return verifyImage(
    `${rig.registry.host}/o/one:latest`,
    readInputs(VERIFY_INPUTS, name => all[name], silentHost),
    host,
  )
}

/** The layers of the rig do not have the store paths of its SBOMs. */
const problemsOf = ({ findings }: VerifyResult): string[] =>
  findings
    .map(({ platform = 'index', problem }) => `${platform}: ${problem}`)
    .filter(problem => !problem.includes('but the layers do not contain it'))

describe('what a merge has signed is right', () => {
  test.each([true, 'draft', false] as const)('with SBOMs; referrers API: %s', async referrers => {
    await rig.close()
    host.remove()
    await open({ referrers })
    const [merged] = await merge(rig.signed({ sbom: 'true' }), rig.job('first'))
    const result = await verify()
    expect(problemsOf(result)).toEqual([])
    expect(result).toMatchObject({
      digest: merged?.digest,
      ignoredSignatures: [],
      provenance: {
        signer: 'https://github.com/OWNER/nix-multiarch/.github/workflows/publish.yml@refs/tags/v1',
        repository: 'https://github.com/owner/repo',
      },
    })
    expect(result.checked).toEqual(
      expect.arrayContaining([
        'the signature of the index for `cosign verify`',
        'SBOMs, compared with the signed SBOMs',
      ]),
    )
  })

  test('after a second run, which changes nothing', async () => {
    await merge(rig.signed(), rig.job('first'))
    await merge(rig.signed(), rig.job('second'))
    expect(await verify()).toMatchObject({ isRight: true })
  })

  test('with a key', async () => {
    const { publicKey, privateKey } = newKeyPair()
    const [secret, file] = [join(rig.services, 'secret.pem'), join(rig.services, 'public.pem')]
    writeFileSync(secret, privateKey.export({ type: 'pkcs8', format: 'pem' }))
    writeFileSync(file, publicKey.export({ type: 'spki', format: 'pem' }))
    const key = { attest: 'key', 'signing-key': readFileSync(secret, 'utf8'), sbom: 'true', tags: 'latest' }
    await merge(rig.request(key), rig.job('first'))
    const result = await verify({ key: file })
    expect(problemsOf(result)).toEqual([])
    expect(result.provenance).toMatchObject({ signer: 'key' })
  })

  test('if the registry has lost all signatures, and GitHub has the provenance', async () => {
    await merge(rig.signed(), rig.job('first'))
    const { manifests } = rig.registry.repository('o/one')
    for (const { digest } of rig.bundles()) manifests.delete(digest)
    expect(await verify({ 'github-token': 'reader' })).toMatchObject({ isRight: true })
  })
})

test('without the layers, the signed SBOMs are not read', async () => {
  await merge(rig.signed({ sbom: 'true' }), rig.job('first'))
  rig.registry.log.splice(0)
  expect(await verify({ 'check-layers': 'false' })).toMatchObject({ isRight: true })
  // The index, two manifests and two configs; the list of referrers, and two artifacts with their bundles.
  expect(rig.registry.log.map(({ path }) => path)).toHaveLength(10)
})

test('an SBOM that replaces the signed one is found', async () => {
  await merge(rig.signed({ sbom: 'true' }), rig.job('first'))
  const { manifests } = rig.registry.repository('o/one')
  for (const [digest, { bytes, mediaType }] of [...manifests]) {
    const manifest = JSON.parse(String(bytes))
    if (manifest.artifactType !== CYCLONEDX_TYPE) continue
    const { digest: document } = manifest.layers[0] as Descriptor
    const changed = String(rig.registry.blobs.get(document)).replace(
      '"bomFormat"',
      '"evil": true, "bomFormat"',
    )
    const layer = createBlob(Buffer.from(changed), { mediaType: CYCLONEDX_TYPE })
    rig.registry.store.addBlob('o/one', Buffer.from(changed))
    const text = Buffer.from(JSON.stringify({ ...manifest, layers: [descriptorOf(layer)] }))
    manifests.delete(digest)
    manifests.set(digestOf(text), { bytes: text, mediaType })
  }
  expect(problemsOf(await verify()).sort()).toEqual(
    ['index', 'linux/amd64', 'linux/arm64'].map(name => `${name}: its attached SBOM is not a signed one`),
  )
})

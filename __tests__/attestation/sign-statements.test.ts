import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { TrustedRoot } from '@sigstore/protobuf-specs'
import { type Signer, toTrustMaterial, Verifier } from '@sigstore/verify'
import { parseBundle, type SignedBundle } from '../../src/attestation/bundle.js'
import { type TestHost, testHost } from '../support/host.js'
import { entityOf } from '../support/signed-entity.js'
import { type SigstoreServices, startSigstoreServices } from '../support/sigstore-services.js'
import { keylessSigner, statementAbout } from './fixture.js'

let services: SigstoreServices
let host: TestHost
beforeAll(async () => {
  services = await startSigstoreServices()
  host = testHost({ kind: 'github', env: services.environment() })
})
afterEach(async () => {
  services.identity.resetClaims()
  await services.heal()
})
afterAll(async () => {
  host.remove()
  await services.close()
})

type Instance = 'Rekor v1' | 'Rekor v1 and a timestamp' | 'Rekor v2' | 'GitHub'

const INSTANCES: readonly Instance[] = ['Rekor v1', 'Rekor v1 and a timestamp', 'Rekor v2', 'GitHub']

function configOf(instance: Instance): object {
  if (instance === 'GitHub') return services.github.signingConfig()
  if (instance === 'Rekor v2') return services.signingConfig({ rekor: 2 })
  return services.signingConfig({ rekor: 1, timestamps: instance !== 'Rekor v1' })
}

/** Verifies with the library of Sigstore. */
function verify({ bytes }: SignedBundle, instance: Instance): Signer {
  const isGitHub = instance === 'GitHub'
  const { trustedRoot } = isGitHub ? services.github : services
  const verifier = new Verifier(toTrustMaterial(TrustedRoot.fromJSON(trustedRoot)), {
    tlogThreshold: isGitHub ? 0 : 1,
    ctlogThreshold: isGitHub ? 0 : 1,
    timestampThreshold: instance === 'Rekor v1 and a timestamp' ? 2 : 1,
  })
  return verifier.verify(entityOf(JSON.parse(bytes.toString())))
}

describe.each(INSTANCES)('with %s', instance => {
  test('a signed statement is accepted by the library of Sigstore, and names the workflow', async () => {
    const signer = await keylessSigner(host, configOf(instance))
    const statement = statementAbout('an index')
    const bundle = await signer.sign(statement)
    expect(verify(bundle, instance).identity?.subjectAlternativeName).toBe(
      'https://github.com/OWNER/nix-multiarch/.github/workflows/publish.yml@refs/tags/v1',
    )
    expect(bundle.statement).toEqual(statement)
    expect(parseBundle(bundle.bytes, 'it')).toEqual(bundle)
  })

  test('16 statements share one certificate', async () => {
    const { fulcio } = instance === 'GitHub' ? services.github : services
    const [tokens, certificates] = [services.identity.requests.length, fulcio.requests.length]
    const signer = await keylessSigner(host, configOf(instance))
    const names = Array.from({ length: 16 }, (_, n) => `index ${n}`)
    const bundles = await Promise.all(names.map(name => signer.sign(statementAbout(name))))
    expect(bundles.map(({ statement }) => statement.predicate.about)).toEqual(names)
    for (const bundle of bundles) verify(bundle, instance)
    expect(fulcio.requests.length - certificates).toBe(1)
    expect(services.identity.requests.length - tokens).toBe(1)
  })
})

import { createHash, sign } from 'node:crypto'
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import type { SerializedBundle } from '@sigstore/bundle'
import { TrustedRoot } from '@sigstore/protobuf-specs'
import { type Signer, toTrustMaterial, Verifier } from '@sigstore/verify'
import { newKeyPair, signBundle, signBundleWithKey, type Witnesses } from '../support/sign-bundle.js'
import { entityOf } from '../support/signed-entity.js'
import { type SigstoreServices, startSigstoreServices } from '../support/sigstore-services.js'

let services: SigstoreServices
beforeAll(async () => {
  services = await startSigstoreServices()
})
afterEach(async () => {
  services.identity.resetClaims()
  await services.heal()
})
afterAll(() => services.close())

/** Verifies with the library of Sigstore. */
function verify(bundle: SerializedBundle, witnesses: Witnesses): Signer {
  const { trustedRoot } = witnesses === 'github' ? services.github : services
  const verifier = new Verifier(toTrustMaterial(TrustedRoot.fromJSON(trustedRoot)), {
    tlogThreshold: witnesses.startsWith('rekor') ? 1 : 0,
    ctlogThreshold: witnesses === 'github' ? 0 : 1,
  })
  return verifier.verify(entityOf(bundle))
}

const ALL: readonly Witnesses[] = ['rekor', 'rekor-2', 'timestamp', 'github']

test.each(ALL)('a bundle with %s is accepted, again and again', async witnesses => {
  for (let n = 0; n < 4; n++) {
    const { identity } = verify(await signBundle(services, witnesses), witnesses)
    expect(identity).toMatchObject({
      subjectAlternativeName:
        'https://github.com/OWNER/nix-multiarch/.github/workflows/publish.yml@refs/tags/v1',
      extensions: { issuer: 'https://token.actions.githubusercontent.com' },
    })
  }
})

/** Signs and verifies. Returns the code of the library's error; `none` if the bundle is accepted. */
async function refusal(witnesses: Witnesses): Promise<string> {
  try {
    verify(await signBundle(services, witnesses), witnesses)
    return 'none'
  } catch (error) {
    return (error as { code?: string }).code ?? String(error)
  }
}

test.each([
  ['tampered', 'TLOG_INCLUSION_PROMISE_ERROR'],
  ['other-entry', 'TLOG_BODY_ERROR'],
  ['no-proof', 'Error: invalid bundle'],
  ['wrong-proof', 'TLOG_INCLUSION_PROOF_ERROR'],
  ['other-log', 'TLOG_INCLUSION_PROMISE_ERROR'],
  ['no-promise', 'TIMESTAMP_ERROR'],
  ['late', 'CERTIFICATE_ERROR'],
] as const)('an entry of Rekor v1 is refused: %s', async (wrong, code) => {
  services.rekor.fail({ wrong })
  expect(await refusal('rekor')).toBe(code)
  expect(await refusal('rekor')).toBe('none')
})

test.each([
  ['tampered', 'TLOG_INCLUSION_PROOF_ERROR'],
  ['other-entry', 'TLOG_BODY_ERROR'],
  ['no-proof', 'Error: invalid bundle'],
  ['wrong-proof', 'TLOG_INCLUSION_PROOF_ERROR'],
  ['other-log', 'TLOG_INCLUSION_PROOF_ERROR'],
] as const)('an entry of Rekor v2 is refused: %s', async (wrong, code) => {
  services.rekor2.fail({ wrong })
  expect(await refusal('rekor-2')).toBe(code)
  expect(await refusal('rekor-2')).toBe('none')
})

test.each(['rekor-2', 'timestamp', 'github'] as const)('a timestamp is refused, with %s', async witnesses => {
  const { timestamps } = witnesses === 'github' ? services.github : services
  for (const wrong of ['other-signature', 'other-authority'] as const) {
    timestamps.fail({ wrong })
    expect(await refusal(witnesses)).toBe('TIMESTAMP_ERROR')
  }
})

/** Rekor refuses a signature that is not by the key of the certificate. */
test.each(ALL)('a certificate is refused, with %s', async witnesses => {
  const { fulcio } = witnesses === 'github' ? services.github : services
  for (const wrong of ['expired-certificate', 'expired-authority', 'other-authority'] as const) {
    fulcio.fail({ wrong })
    expect(await refusal(witnesses)).toBe('CERTIFICATE_ERROR')
  }
  fulcio.fail({ wrong: 'other-key' })
  expect(await refusal(witnesses)).toMatch(/^(SIGNATURE_ERROR|TLOG_CREATE_ENTRY_ERROR)$/)
})

test('a certificate of one instance is not valid in the other', async () => {
  const bundle = await signBundle(services, 'github')
  expect(() => verify(bundle, 'timestamp')).toThrow('timestamp could not be verified')
})

test('certificates for other identities are valid, and say so', async () => {
  const names = []
  for (const wrong of ['other-repository', 'other-workflow'] as const) {
    services.fulcio.fail({ wrong })
    const { identity } = verify(await signBundle(services, 'rekor'), 'rekor')
    names.push(identity?.subjectAlternativeName)
  }
  expect(names).toEqual([
    'https://github.com/OWNER/nix-multiarch/.github/workflows/publish.yml@refs/tags/v1',
    'https://github.com/octo-org/app/.github/workflows/other.yml@refs/heads/main',
  ])
})

test('claims of tokens can change, and dependent ones follow', async () => {
  services.identity.setClaims({ repository: 'owner/name', ref: 'refs/tags/v2' })
  expect(services.identity.claims()).toMatchObject({
    sub: 'repo:owner/name:ref:refs/tags/v2',
    repository_owner: 'owner',
    workflow_ref: 'owner/name/.github/workflows/ci.yml@refs/tags/v2',
  })
})

test('Fulcio refuses tokens that are expired, for another service, or made by somebody else', async () => {
  services.identity.fail({ wrong: 'expired-token' })
  expect(await refusal('rekor')).toBe('CA_CREATE_SIGNING_CERTIFICATE_ERROR')
  services.identity.setClaims({ aud: 'another' })
  expect(await refusal('rekor')).toBe('CA_CREATE_SIGNING_CERTIFICATE_ERROR')
  services.identity.resetClaims()
  const strangers = await startSigstoreServices()
  const environment = strangers.environment()
  const mixed = { ...services, environment: () => environment }
  await expect(signBundle(mixed, 'rekor')).rejects.toThrow('error creating signing certificate')
  await strangers.close()
})

test('a token needs the token of the job', async () => {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url = '' } = services.environment()
  expect((await fetch(url)).status).toBe(401)
})

test('a service can be down, slow, or refuse, until it is healed', async () => {
  services.rekor.fail({ status: 503, message: 'full', times: Number.POSITIVE_INFINITY })
  expect(await refusal('rekor')).toBe('TLOG_CREATE_ENTRY_ERROR')
  await services.heal()
  await services.fulcio.takeDown()
  expect(await refusal('rekor')).toBe('CA_CREATE_SIGNING_CERTIFICATE_ERROR')
  await services.heal()
  services.timestamps.fail({ delayMs: 300 })
  const began = Date.now()
  expect(await refusal('timestamp')).toBe('none')
  expect(Date.now() - began).toBeGreaterThanOrEqual(290)
})

test('a log counts its entries, and a service its requests', async () => {
  const [size, requests] = [services.rekor2.size(), services.rekor2.requests.length]
  await signBundle(services, 'rekor-2')
  expect(services.rekor2.size()).toBe(size + 1)
  expect(services.rekor2.requests.slice(requests)).toEqual([
    { method: 'POST', path: '/api/v2/log/entries', status: 201 },
  ])
})

test('a key signs without a service', async () => {
  const { privateKey, publicKey } = newKeyPair()
  const bundle = await signBundleWithKey(privateKey)
  const material = toTrustMaterial(TrustedRoot.fromJSON(services.trustedRoot), () => ({
    publicKey,
    validFor: () => true,
  }))
  const options = { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 }
  const { identity } = new Verifier(material, options).verify(entityOf(bundle))
  expect(identity).toBeUndefined()
})

test('Rekor v2 has no entries of envelopes, and checks signatures of digests', async () => {
  const post = async (body: object) => {
    const response = await fetch(`${services.rekor2.url}/api/v2/log/entries`, {
      method: 'POST',
      body: JSON.stringify(body),
    })
    return [response.status, ((await response.json()) as { message?: string }).message]
  }
  expect(await post({ dsseRequestV002: {} })).toEqual([400, 'invalid type, must be hashedrekord'])
  const { publicKey, privateKey } = newKeyPair()
  const rawBytes = publicKey.export({ format: 'der', type: 'spki' }).toString('base64')
  const verifier = { publicKey: { rawBytes }, keyDetails: 'PKIX_ECDSA_P256_SHA_256' }
  const request = (text: string) => ({
    hashedRekordRequestV002: {
      digest: createHash('sha256').update(text).digest('base64'),
      signature: { content: sign('sha256', Buffer.from('right'), privateKey).toString('base64'), verifier },
    },
  })
  expect(await post(request('right'))).toEqual([201, undefined])
  expect(await post(request('wrong'))).toEqual([400, 'invalid signature'])
})

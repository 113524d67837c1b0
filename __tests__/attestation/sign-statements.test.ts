import { createHash, generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { TrustedRoot } from '@sigstore/protobuf-specs'
import { type Signer, toTrustMaterial, Verifier } from '@sigstore/verify'
import { parseBundle, type SignedBundle } from '../../src/attestation/bundle.js'
import { requestIdentityToken } from '../../src/attestation/identity-token.js'
import { createKeySigner } from '../../src/attestation/sign-statements.js'
import { type TestHost, testHost } from '../support/host.js'
import { newKeyPair } from '../support/sign-bundle.js'
import { entityOf } from '../support/signed-entity.js'
import { type SigstoreServices, startSigstoreServices } from '../support/sigstore-services.js'
import { failureOf, keylessSigner, statementAbout } from './fixture.js'

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

describe('a certificate', () => {
  const MINUTE = 60_000

  test('is replaced, with a new token, before it expires', async () => {
    let now = 1_000_000
    const signer = await keylessSigner(host, configOf('Rekor v1'), { now: () => now })
    const requests = (): number[] => [services.identity.requests.length, services.fulcio.requests.length]
    const [tokens = 0, certificates = 0] = requests()
    const certificateOf = async (name: string): Promise<unknown> =>
      JSON.parse(String((await signer.sign(statementAbout(name))).bytes)).verificationMaterial.certificate
    const first = await certificateOf('a')
    now += 4 * MINUTE
    expect(await certificateOf('b')).toEqual(first)
    now += MINUTE
    const [c, d] = await Promise.all([certificateOf('c'), certificateOf('d')])
    expect(c).not.toEqual(first)
    expect(d).toEqual(c)
    expect(requests()).toEqual([tokens + 2, certificates + 2])
  })

  test('is requested once for all, also if that fails, and again by the next statement', async () => {
    const signer = await keylessSigner(host, configOf('Rekor v1'))
    services.fulcio.fail({ status: 400, message: 'no' })
    const before = services.fulcio.requests.length
    const results = await Promise.allSettled(['a', 'b', 'c'].map(name => signer.sign(statementAbout(name))))
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    expect(services.fulcio.requests.length - before).toBe(1)
    verify(await signer.sign(statementAbout('d')), 'Rekor v1')
  })

  test('for another key is refused', async () => {
    services.fulcio.fail({ wrong: 'other-key' })
    const signer = await keylessSigner(host, configOf('Rekor v1'))
    const { message } = await failureOf(signer.sign(statementAbout('an index')))
    expect(message).toMatch(/^Fulcio \(.*\) sent a wrong answer: the certificate is for another key$/)
  })

  test('is not issued for an expired token', async () => {
    services.identity.fail({ wrong: 'expired-token' })
    const signer = await keylessSigner(host, configOf('Rekor v1'))
    const { message, hint } = await failureOf(signer.sign(statementAbout('an index')))
    expect(message).toMatch(/^Fulcio \(.*\) refused the request: 401 .*processing the identity token$/)
    expect(hint).toMatch(/accepts tokens only of issuers that it knows/)
    const { token } = await requestIdentityToken(host)
    expect(message).not.toContain(token.split('.')[0])
  })
})

describe('a wrong answer is refused', () => {
  const refusalOf = async (instance: Instance): Promise<string> => {
    const signer = await keylessSigner(host, configOf(instance))
    return (await failureOf(signer.sign(statementAbout('an index')))).message
  }

  test.each([
    ['other-entry', 'the entry is about another statement'],
    ['tampered', 'the entry is about another statement'],
    ['no-proof', 'inclusionProof is not an object but nothing'],
    ['no-promise', 'signedEntryTimestamp is not a string but nothing'],
  ] as const)('%s of Rekor v1', async (wrong, message) => {
    services.rekor.fail({ wrong })
    expect(await refusalOf('Rekor v1')).toContain(`sent a wrong answer: ${message}`)
  })

  test.each([
    ['other-entry', 'the entry is about another statement'],
    ['no-proof', 'inclusionProof is not an object but nothing'],
  ] as const)('%s of Rekor v2', async (wrong, message) => {
    services.rekor2.fail({ wrong })
    expect(await refusalOf('Rekor v2')).toContain(`sent a wrong answer: ${message}`)
  })

  test('a timestamp of another signature', async () => {
    services.github.timestamps.fail({ wrong: 'other-signature' })
    expect(await refusalOf('GitHub')).toContain(
      'sent a wrong answer: it is not a timestamp of this signature',
    )
  })
})

describe('Rekor has received an entry whose answer was lost', () => {
  test.each(['Rekor v1', 'Rekor v2'] as const)('another signature is made: %s', async instance => {
    const { url, size } = instance === 'Rekor v1' ? services.rekor : services.rekor2
    const before = size()
    const front = await startForgetfulRekor(url)
    const config = JSON.stringify(configOf(instance)).replaceAll(url, front.url)
    const signer = await keylessSigner(host, JSON.parse(config))
    verify(await signer.sign(statementAbout('an index')), instance)
    expect(front.answers).toEqual(['lost', 409, 201])
    expect(size() - before).toBe(2)
    await front.close()
  })

  test('that it refuses two different signatures is an error', async () => {
    services.rekor.fail({ status: 409, message: 'it exists', times: Number.POSITIVE_INFINITY })
    const signer = await keylessSigner(host, configOf('Rekor v1'))
    const { message, hint } = await failureOf(signer.sign(statementAbout('an index')))
    expect(message).toBe(`Rekor (${services.rekor.url}) has this entry already, and does not return it`)
    expect(hint).toBe('No tag was changed. Run the job again.')
  })
})

/** Forwards requests to Rekor, loses the first answer, and refuses an entry that exists. */
async function startForgetfulRekor(rekor: string) {
  const answers: ('lost' | number)[] = []
  const entries = new Set<string>()
  const server = createServer(async (request, response) => {
    const body = await text(request)
    const isNew = !entries.has(body)
    entries.add(body)
    const answer = isNew ? await fetch(`${rekor}${request.url}`, { method: 'POST', body }) : undefined
    const isLost = answers.length === 0
    const status = answer?.status ?? 409
    answers.push(isLost ? 'lost' : status)
    if (isLost) request.socket.destroy()
    else response.writeHead(status).end(await answer?.text())
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = (): Promise<unknown> => new Promise(resolve => server.close(resolve))
  return { url: `http://127.0.0.1:${port}`, answers, close }
}

describe('a private key signs', () => {
  const keys = { 'ECDSA P-256': newKeyPair(), Ed25519: generateKeyPairSync('ed25519') }

  test.each(Object.entries(keys))('with %s, and without a service', async (_, { privateKey, publicKey }) => {
    const signer = createKeySigner(privateKey)
    const statement = statementAbout('an index')
    const bundle = await signer.sign(statement)
    expect(parseBundle(bundle.bytes, 'it')).toEqual(bundle)
    const material = toTrustMaterial(TrustedRoot.fromJSON({}), () => ({ publicKey, validFor: () => true }))
    const options = { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 }
    const entity = entityOf(JSON.parse(bundle.bytes.toString()))
    expect(new Verifier(material, options).verify(entity).identity).toBeUndefined()
  })

  test('whose hint is the digest of the public key, as cosign finds it', async () => {
    const { privateKey, publicKey } = keys['ECDSA P-256']
    const { bytes } = await createKeySigner(privateKey).sign(statementAbout('an index'))
    const der = publicKey.export({ format: 'der', type: 'spki' })
    const hint = createHash('sha256').update(der).digest('base64')
    expect(JSON.parse(bytes.toString()).verificationMaterial).toEqual({
      publicKey: { hint },
      tlogEntries: [],
      timestampVerificationData: { rfc3161Timestamps: [] },
    })
  })

  test('with Ed25519, the same statement gives the same bytes', async () => {
    const signer = createKeySigner(keys.Ed25519.privateKey)
    const [a, b] = await Promise.all([signer.sign(statementAbout('a')), signer.sign(statementAbout('a'))])
    expect(a.bytes).toEqual(b.bytes)
  })
})

import { generateKeyPairSync, type KeyObject, sign, X509Certificate } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import {
  bundleFromJSON,
  bundleToJSON,
  isBundleWithDsseEnvelope,
  type SerializedBundle,
} from '@sigstore/bundle'
import { DSSEBundleBuilder, FulcioSigner, RekorWitness, type Signer } from '@sigstore/sign'
import { parseBundle } from '../../src/attestation/bundle.js'
import { type ExpectedIdentity, GITHUB_ISSUER } from '../../src/attestation/signer-identity.js'
import { parseTrustRoots, type TrustRoots } from '../../src/attestation/trust-root.js'
import { type VerifiedBundle, verifyBundle } from '../../src/attestation/verify-bundle.js'
import { newKeyPair, signBundle, signBundleWithKey, type Witnesses } from '../support/sign-bundle.js'
import { type SigstoreServices, startSigstoreServices } from '../support/sigstore-services.js'

let services: SigstoreServices
/** Both instances, as `gh attestation trusted-root` writes them. */
let trust: TrustRoots
beforeAll(async () => {
  services = await startSigstoreServices()
  trust = await trustIn(services.trustedRoot, services.github.trustedRoot)
})
afterEach(async () => {
  services.identity.resetClaims()
  await services.heal()
})
afterAll(() => services.close())

function trustIn(...roots: readonly object[]): Promise<TrustRoots> {
  const lines = roots.map(root => JSON.stringify(root)).join('\n')
  return parseTrustRoots(Buffer.from(lines), 'root.json')
}

const EXPECTED: ExpectedIdentity = {
  kind: 'identity',
  repository: 'octo-org/app',
  signerWorkflow: 'OWNER/nix-multiarch/.github/workflows/publish.yml',
  mustBeTagged: true,
  issuer: GITHUB_ISSUER,
}

function verify(bundle: object, roots = trust): Promise<VerifiedBundle> {
  return verifyBundle(parse(bundle), EXPECTED, roots)
}

function parse(bundle: object) {
  return parseBundle(Buffer.from(JSON.stringify(bundle)), 'it')
}

/** A bundle as any JSON, to change it. */
// biome-ignore lint/suspicious/noExplicitAny: the tests change parts of it
type Changeable = any

async function signed(witnesses: Witnesses): Promise<Changeable> {
  return signBundle(services, witnesses)
}

const ALL: readonly Witnesses[] = ['rekor', 'rekor-2', 'github']

describe.each(ALL)('a bundle with %s', witnesses => {
  test('is accepted, and its signer and statement are returned', async () => {
    const { identity, statement, witnesses: found } = await verify(await signed(witnesses))
    expect(identity).toMatchObject({
      name: 'https://github.com/OWNER/nix-multiarch/.github/workflows/publish.yml@refs/tags/v1',
      issuer: GITHUB_ISSUER,
      sourceRepository: 'https://github.com/octo-org/app',
      sourceRef: 'refs/heads/main',
      callerWorkflow: 'https://github.com/octo-org/app/.github/workflows/ci.yml@refs/heads/main',
      runnerEnvironment: 'github-hosted',
      visibility: 'public',
    })
    expect(identity?.sourceDigest).toMatch(/^[0-9a-f]{40}$/)
    expect(statement.subjects).toEqual([{ name: 'image', digest: `sha256:${'b'.repeat(64)}` }])
    const timed = { rekor: ['rekor'], 'rekor-2': ['rekor', 'timestamp'], github: ['timestamp'] }
    expect(found).toEqual(timed[witnesses as keyof typeof timed])
  })

  test('is refused with another payload', async () => {
    const bundle = await signed(witnesses)
    const payload = Buffer.from(bundle.dsseEnvelope.payload, 'base64').toString()
    bundle.dsseEnvelope.payload = Buffer.from(payload.replaceAll('b'.repeat(64), 'c'.repeat(64))).toString(
      'base64',
    )
    await expect(verify(bundle)).rejects.toThrow(/^The signature is not valid: /)
  })

  test('is refused with the signature, the certificate or the time of another bundle', async () => {
    const other = await signed(witnesses)
    const parts: readonly ((bundle: Changeable) => void)[] = [
      bundle => {
        bundle.dsseEnvelope.signatures = other.dsseEnvelope.signatures
      },
      bundle => {
        bundle.verificationMaterial.certificate = other.verificationMaterial.certificate
      },
      bundle => {
        const { tlogEntries, timestampVerificationData } = other.verificationMaterial
        Object.assign(bundle.verificationMaterial, { tlogEntries, timestampVerificationData })
      },
    ]
    for (const replace of parts) {
      const bundle = await signed(witnesses)
      replace(bundle)
      await expect(verify(bundle)).rejects.toThrow(/^The signature is not valid: /)
    }
  })

  test('is refused without anything that shows its time', async () => {
    const bundle = await signed(witnesses)
    bundle.verificationMaterial.tlogEntries = []
    bundle.verificationMaterial.timestampVerificationData = { rfc3161Timestamps: [] }
    await expect(verify(bundle)).rejects.toThrow(
      witnesses === 'github'
        ? 'The signature is not valid: expected 1 timestamps, got 0'
        : 'The bundle has no log entry',
    )
  })

  test('is refused with another number of signatures than one', async () => {
    const bundle = await signed(witnesses)
    const [signature] = bundle.dsseEnvelope.signatures
    for (const signatures of [[], [signature, signature]]) {
      bundle.dsseEnvelope.signatures = signatures
      expect(() => parse(bundle)).toThrow(/envelope has [02] signatures instead of one/)
    }
  })

  test('is refused for another signer', async () => {
    const bundle = await signed(witnesses)
    const others: readonly Partial<ExpectedIdentity>[] = [
      { repository: 'octo-org/ap' },
      { signerWorkflow: 'octo-org/app/.github/workflows/ci.yml' },
      { sourceRef: 'refs/heads/other' },
      { workflow: 'octo-org/app/.github/workflows/other.yml' },
      { issuer: `${GITHUB_ISSUER}/octo-org` },
    ]
    for (const other of others)
      await expect(verifyBundle(parse(bundle), { ...EXPECTED, ...other }, trust)).rejects.toThrow(
        /^The signer is not the expected one: the /,
      )
  })

  test.each(['other-repository', 'other-workflow'] as const)('is refused: %s', async wrong => {
    const { fulcio } = witnesses === 'github' ? services.github : services
    fulcio.fail({ wrong })
    await expect(verify(await signed(witnesses))).rejects.toThrow(/^The signer is not the expected one: /)
  })

  test('is refused if the workflow was not at a tag', async () => {
    services.identity.setClaims({
      job_workflow_ref: 'OWNER/nix-multiarch/.github/workflows/publish.yml@refs/heads/tags/v1',
    })
    await expect(verify(await signed(witnesses))).rejects.toThrow(/at a tag/)
  })

  test.each([
    ['expired-certificate', 'certificate is not valid or expired at the specified date'],
    ['expired-authority', 'no valid certificate path found'],
  ] as const)('is refused: %s', async (wrong, reason) => {
    const { fulcio } = witnesses === 'github' ? services.github : services
    fulcio.fail({ wrong })
    await expect(verify(await signed(witnesses))).rejects.toThrow(
      `The signature is not valid: Failed to verify certificate chain: ${reason}`,
    )
  })

  test('is refused if an authority with the same name has made its certificate', async () => {
    const { fulcio } = witnesses === 'github' ? services.github : services
    fulcio.fail({ wrong: 'other-authority' })
    await expect(verify(await signed(witnesses))).rejects.toThrow('Failed to verify certificate chain')
  })

  test('is refused if its authority is not in the trusted root', async () => {
    const other = witnesses === 'github' ? services : services.github
    await expect(verify(await signed(witnesses), await trustIn(other.trustedRoot))).rejects.toThrow(
      /^The certificate is from an authority that is not trusted: /,
    )
  })

  test('is refused for a key', async () => {
    const { publicKey } = newKeyPair()
    await expect(
      verifyBundle(parse(await signed(witnesses)), { kind: 'key', publicKey }, undefined),
    ).rejects.toThrow('The signature is from a workflow, not from a key')
  })
})

describe('log entries', () => {
  test.each([
    'tampered',
    'other-entry',
    'no-proof',
    'wrong-proof',
    'other-log',
    'no-promise',
    'late',
  ] as const)('of Rekor v1 are refused: %s', async wrong => {
    services.rekor.fail({ wrong })
    await expect(verify(await signed('rekor'))).rejects.toThrow(
      /^The (signature is not valid|bundle is incomplete): /,
    )
  })

  test.each(['tampered', 'other-entry', 'no-proof', 'wrong-proof', 'other-log'] as const)(
    'of Rekor v2 are refused: %s',
    async wrong => {
      services.rekor2.fail({ wrong })
      await expect(verify(await signed('rekor-2'))).rejects.toThrow(
        /^The (signature is not valid|bundle is incomplete): /,
      )
    },
  )

  test('without a proof and a promise are refused', async () => {
    for (const witnesses of ['rekor', 'rekor-2'] as const) {
      const bundle = await signed(witnesses)
      const [entry] = bundle.verificationMaterial.tlogEntries
      delete entry.inclusionProof
      delete entry.inclusionPromise
      await expect(verify(bundle)).rejects.toThrow(
        'The bundle is incomplete: invalid bundle: verificationMaterial.tlogEntries[0].inclusionProof',
      )
    }
  })

  test('are needed where the root has a log, also if there is a timestamp', async () => {
    await expect(verify(await signed('timestamp'))).rejects.toThrow(
      'The bundle has no log entry, but root.json has a log of all signatures',
    )
  })

  test('must name the certificate of the bundle, and not another one for the same key', async () => {
    const { publicKey, privateKey } = newKeyPair()
    const key = {
      $case: 'publicKey',
      publicKey: String(publicKey.export({ format: 'pem', type: 'spki' })),
    } as const
    const keyHolder: Signer = { sign: async data => ({ signature: sign('sha256', data, privateKey), key }) }
    const [first, second] = [await signWithSameKey(keyHolder), await signWithSameKey(keyHolder)]
    await verify(first)
    first.verificationMaterial.certificate = second.verificationMaterial.certificate
    await expect(verify(first)).rejects.toThrow(
      'The log entry is for another bundle: it names another certificate or key than the bundle',
    )
  })

  test('cannot keep the verification busy', async () => {
    const bundle = await signed('rekor-2')
    const { checkpoint } = bundle.verificationMaterial.tlogEntries[0].inclusionProof
    for (const name of ['((.+)+)+!', 'a|b', '[', 'rekor-2\\.local']) {
      checkpoint.envelope = checkpoint.envelope.replace(/\u2014 \S+/, () => `\u2014 ${name}`)
      const start = Date.now()
      await expect(verify(bundle)).rejects.toThrow(
        'The log entry cannot be used: a signer of its checkpoint is named',
      )
      expect(Date.now() - start).toBeLessThan(5000)
    }
  })

  test('and timestamps cannot fill the memory, or keep the verification busy with their size', async () => {
    const elements = Buffer.alloc(20_000_000, Buffer.from([5, 0]))
    const start = Buffer.from([0x30, 0x84, 0, 0, 0, 0])
    start.writeUInt32BE(elements.length, 2)
    const changes: readonly ((material: Changeable) => void)[] = [
      ({ timestampVerificationData: { rfc3161Timestamps } }) => {
        rfc3161Timestamps[0].signedTimestamp = Buffer.concat([start, elements]).toString('base64')
      },
      ({ tlogEntries: [{ inclusionProof }] }) => {
        inclusionProof.logIndex = '9'.repeat(20_000_000)
      },
      ({ tlogEntries: [{ inclusionProof }] }) => {
        const { checkpoint } = inclusionProof
        checkpoint.envelope = checkpoint.envelope.replace(/\n\d+\n/, `\n${'9'.repeat(20_000_000)}\n`)
      },
    ]
    const bundle = await signed('rekor-2')
    for (const change of changes) {
      const changed = structuredClone(bundle)
      change(changed.verificationMaterial)
      const time = Date.now()
      await expect(verify(changed)).rejects.toThrow(
        /^The certificate, the log entry and the timestamp of the bundle have 2\d(\.\d)? MB$/,
      )
      expect(Date.now() - time).toBeLessThan(5000)
    }
  })

  test('of both versions of Rekor can be in one bundle', async () => {
    const bundle = await signed('rekor-2')
    const material = bundle.verificationMaterial
    const other = { ...bundle, verificationMaterial: { ...material, tlogEntries: [await logAgain(bundle)] } }
    await verify(other)
    material.tlogEntries.push(...other.verificationMaterial.tlogEntries)
    expect((await verify(bundle)).witnesses).toEqual(['rekor', 'timestamp'])
  })
})

async function signWithSameKey(keyHolder: Signer): Promise<Changeable> {
  const getToken = async () => {
    const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: token } =
      services.environment()
    const response = await fetch(`${url}&audience=sigstore`, {
      headers: { authorization: `Bearer ${token}` },
    })
    return ((await response.json()) as { value: string }).value
  }
  const signer = new FulcioSigner({
    fulcioBaseURL: services.fulcio.url,
    identityProvider: { getToken },
    keyHolder,
  })
  const witnesses = [new RekorWitness({ rekorBaseURL: services.rekor.url })]
  const { payload } = (await signed('rekor')).dsseEnvelope
  const artifact = { data: Buffer.from(payload, 'base64'), type: 'application/vnd.in-toto+json' }
  return bundleToJSON(await new DSSEBundleBuilder({ signer, witnesses }).create(artifact))
}

/** Adds a bundle to Rekor v1, and returns the entry. */
async function logAgain(json: SerializedBundle): Promise<Changeable> {
  const bundle = bundleFromJSON(json)
  if (!isBundleWithDsseEnvelope(bundle)) throw new Error('it has no envelope')
  const { certificate } = json.verificationMaterial as { certificate: { rawBytes: string } }
  const pem = String(new X509Certificate(Buffer.from(certificate.rawBytes, 'base64')))
  const witness = new RekorWitness({ rekorBaseURL: services.rekor.url })
  const { tlogEntries = [] } = await witness.testify(bundle.content, pem)
  const verificationMaterial = { ...bundle.verificationMaterial, tlogEntries }
  const logged = bundleToJSON({ ...bundle, verificationMaterial } as typeof bundle)
  return logged.verificationMaterial.tlogEntries[0]
}

describe('timestamps', () => {
  test.each(['rekor-2', 'github'] as const)(
    'of another signature or authority are refused, with %s',
    async witnesses => {
      const { timestamps } = witnesses === 'github' ? services.github : services
      for (const wrong of ['other-signature', 'other-authority'] as const) {
        timestamps.fail({ wrong })
        await expect(verify(await signed(witnesses))).rejects.toThrow('timestamp could not be verified')
      }
    },
  )

  test('that are changed are refused', async () => {
    for (const witnesses of ['rekor-2', 'github'] as const) {
      const bundle = await signed(witnesses)
      const [timestamp] = bundle.verificationMaterial.timestampVerificationData.rfc3161Timestamps
      const bytes = Buffer.from(timestamp.signedTimestamp, 'base64')
      const at = bytes.indexOf(String(new Date().getUTCFullYear()))
      bytes.write('1', at + 3)
      timestamp.signedTimestamp = bytes.toString('base64')
      await expect(verify(bundle)).rejects.toThrow(/^The signature is not valid: /)
    }
  })
})

test('a certificate that is in no certificate log is refused where the root has one', async () => {
  const bundle = await signBundle({ ...services, fulcio: services.github.fulcio }, 'rekor-2')
  const root: Changeable = { ...services.trustedRoot }
  root.certificateAuthorities = (services.github.trustedRoot as Changeable).certificateAuthorities
  await expect(verify(bundle, await trustIn(root))).rejects.toThrow('expected 1 SCTs, got 0')
  root.ctlogs = []
  expect((await verify(bundle, await trustIn(root))).witnesses).toEqual(['rekor', 'timestamp'])
})

describe('older bundles', () => {
  function asOlder(bundle: Changeable, version: string): Changeable {
    const { certificate, ...material } = bundle.verificationMaterial
    return {
      ...bundle,
      mediaType: `application/vnd.dev.sigstore.bundle+json;version=${version}`,
      verificationMaterial: { ...material, x509CertificateChain: { certificates: [certificate] } },
    }
  }

  test.each(['0.1', '0.2'])('of version %s are accepted', async version => {
    expect((await verify(asOlder(await signed('rekor'), version))).witnesses).toEqual(['rekor'])
  })

  test('version 0.1 needs only the promise of the log, but needs it', async () => {
    const bundle = asOlder(await signed('rekor'), '0.1')
    const [entry] = bundle.verificationMaterial.tlogEntries
    delete entry.inclusionProof
    expect((await verify(bundle)).witnesses).toEqual(['rekor'])
    delete entry.inclusionPromise
    await expect(verify(bundle)).rejects.toThrow(/^The bundle is incomplete: /)
  })

  test('a chain in a new bundle is refused: it could contain an authority', async () => {
    const bundle = asOlder(await signed('rekor'), '0.3')
    await expect(verify(bundle)).rejects.toThrow(/^The bundle is incomplete: /)
  })
})

describe('keys', () => {
  function verifyKey(bundle: object, publicKey: KeyObject): Promise<VerifiedBundle> {
    return verifyBundle(parse(bundle), { kind: 'key', publicKey }, undefined)
  }

  test('the signature of the key is accepted, without a log and without trust roots', async () => {
    const { publicKey, privateKey } = newKeyPair()
    const verified = await verifyKey(await signBundleWithKey(privateKey), publicKey)
    expect(verified).toMatchObject({ identity: undefined, witnesses: [] })
    expect(verified.statement.subjects).toHaveLength(1)
  })

  test.each([
    ['ed25519', () => generateKeyPairSync('ed25519')],
    ['P-384', () => generateKeyPairSync('ec', { namedCurve: 'P-384' })],
    ['RSA', () => generateKeyPairSync('rsa', { modulusLength: 2048 })],
  ] as const)('%s keys are accepted', async (type, createPair) => {
    const { publicKey, privateKey } = createPair()
    const bundle: Changeable = await signBundleWithKey(newKeyPair().privateKey)
    const { payload, payloadType } = bundle.dsseEnvelope
    const text = Buffer.from(payload, 'base64')
    const encoded = Buffer.concat([
      Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${text.length} `),
      text,
    ])
    const algorithm = type === 'ed25519' ? null : 'sha256'
    bundle.dsseEnvelope.signatures[0].sig = sign(algorithm, encoded, privateKey).toString('base64')
    expect((await verifyKey(bundle, publicKey)).identity).toBeUndefined()
  })

  test('another key, and another content, are refused', async () => {
    const ANOTHER_KEY = /^The signature is from another key, or damaged: /
    const { publicKey, privateKey } = newKeyPair()
    const bundle: Changeable = await signBundleWithKey(privateKey)
    await expect(verifyKey(bundle, newKeyPair().publicKey)).rejects.toThrow(ANOTHER_KEY)
    const other: Changeable = await signBundleWithKey(privateKey, { digests: ['c'.repeat(64)] })
    bundle.dsseEnvelope.payload = other.dsseEnvelope.payload
    await expect(verifyKey(bundle, publicKey)).rejects.toThrow(ANOTHER_KEY)
  })

  test('log entries and timestamps do not matter', async () => {
    const { publicKey, privateKey } = newKeyPair()
    const bundle: Changeable = await signBundleWithKey(privateKey)
    const other = await signed('rekor-2')
    const { tlogEntries, timestampVerificationData } = other.verificationMaterial
    Object.assign(bundle.verificationMaterial, { tlogEntries, timestampVerificationData })
    expect((await verifyKey(bundle, publicKey)).witnesses).toEqual([])
  })

  test('a key does not count for an identity', async () => {
    await expect(verify(await signBundleWithKey(newKeyPair().privateKey))).rejects.toThrow(
      'The signature is from a key, not from a workflow',
    )
  })
})

test('the certificate of an authority, or for another use, is refused', async () => {
  const bundle = await signed('rekor')
  const { certificateAuthorities } = services.trustedRoot as Changeable
  bundle.verificationMaterial.certificate = certificateAuthorities[0].certChain.certificates[0]
  await expect(verify(bundle)).rejects.toThrow('The certificate cannot be used: it is not for signing code')
})

test('a certificate with something after it is refused', async () => {
  const bundle = await signed('github')
  const { certificate } = bundle.verificationMaterial
  const bytes = Buffer.from(certificate.rawBytes, 'base64')
  for (const end of [bytes, Buffer.from([0])]) {
    certificate.rawBytes = Buffer.concat([bytes, end]).toString('base64')
    await expect(verify(bundle)).rejects.toThrow(
      'The certificate cannot be used: there is something after it',
    )
  }
})

test.each(['', 'AAAA', 'MIIB', Buffer.alloc(300, 0x30).toString('base64')])(
  'a certificate that cannot be read is refused: %j',
  async rawBytes => {
    const bundle = await signed('rekor')
    bundle.verificationMaterial.certificate = { rawBytes }
    await expect(verify(bundle)).rejects.toThrow(/^The (certificate cannot be used|bundle is incomplete): /)
  },
)

test.each(['', 'AAAA', Buffer.alloc(300, 0x30).toString('base64')])(
  'a timestamp that cannot be read: %j',
  async bytes => {
    const bundle = await signed('github')
    bundle.verificationMaterial.timestampVerificationData.rfc3161Timestamps = [{ signedTimestamp: bytes }]
    await expect(verify(bundle)).rejects.toThrow(/^The signature is not valid: /)
  },
)

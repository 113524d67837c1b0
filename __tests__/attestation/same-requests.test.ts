import { X509Certificate } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { bundleFromJSON } from '@sigstore/bundle'
import { FulcioSigner, RekorWitness, TSAWitness } from '@sigstore/sign'
import { requestCertificate } from '../../src/attestation/fulcio.js'
import { requestIdentityToken } from '../../src/attestation/identity-token.js'
import { createLogEntry } from '../../src/attestation/rekor.js'
import { createServiceClient } from '../../src/attestation/signing-service.js'
import { requestTimestamp } from '../../src/attestation/timestamp-authority.js'
import { type TestHost, testHost } from '../support/host.js'
import { signBundle } from '../support/sign-bundle.js'
import { type SigstoreServices, startSigstoreServices } from '../support/sigstore-services.js'
import { HASTY } from './fixture.js'

interface Sent {
  readonly path: string | undefined
  readonly method: string | undefined
  readonly type: string | undefined
  readonly body: unknown
}

/** Records each request, and refuses it. */
const sent: Sent[] = []
const server = createServer(async (request, response) => {
  const { url: path, method, headers } = request
  sent.push({ path, method, type: headers['content-type'], body: JSON.parse(await text(request)) })
  response.writeHead(400).end('{}')
})
let url: string
let services: SigstoreServices
let host: TestHost
beforeAll(async () => {
  services = await startSigstoreServices()
  host = testHost({ kind: 'github', env: services.environment() })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  server.close()
  server.closeAllConnections()
  host.remove()
  await services.close()
})

/** The requests of our client and of Sigstore's library. */
async function requestsOf(ours: () => Promise<unknown>, library: () => Promise<unknown>): Promise<Sent[]> {
  sent.length = 0
  for (const task of [ours, library]) await expect(task()).rejects.toThrow()
  expect(sent).toHaveLength(2)
  return [...sent]
}

const client = () => createServiceClient({ env: {}, signal: host.signal, limits: HASTY })

/** A signed statement in the forms of both. */
async function signedStatement() {
  const json = await signBundle(services, 'rekor')
  const bundle = bundleFromJSON(json)
  const { certificate } = json.verificationMaterial
  const der = Buffer.from(certificate?.rawBytes ?? '', 'base64')
  const { dsseEnvelope } = json
  if (dsseEnvelope === undefined) throw new Error('it has no envelope')
  const [{ sig = '' } = {}] = dsseEnvelope.signatures
  const { payload, payloadType } = dsseEnvelope
  return {
    content: bundle.content,
    certificate: new X509Certificate(der),
    envelope: { payload, payloadType, signatures: [{ sig }] } as const,
    signature: Buffer.from(sig, 'base64'),
  }
}

// The fields of these requests are documented only by the code of clients.

test('Fulcio gets the same request as from the library of Sigstore', async () => {
  const identity = await requestIdentityToken(host)
  const identityProvider = { getToken: async () => identity.token }
  const requests = await requestsOf(
    () => requestCertificate(client(), url, identity),
    () => new FulcioSigner({ fulcioBaseURL: url, identityProvider, retry: 0 }).sign(Buffer.from('x')),
  )
  const [ours, theirs] = requests.map(request => JSON.stringify(request))
  // The keys differ.
  const withoutKeys = (request = ''): string =>
    request.replace(/"content":"[^"]+"/, '"content":""').replace(/"proofOfPossession":"[\w+/=]+"/, '""')
  expect(withoutKeys(ours)).toBe(withoutKeys(theirs))
  expect(ours).toMatch(/"content":"-----BEGIN PUBLIC KEY-----/)
})

test('Rekor v1 gets the same request as from the library of Sigstore', async () => {
  const { certificate, content, envelope } = await signedStatement()
  const [ours, theirs] = await requestsOf(
    () => createLogEntry(client(), { url, version: 1 }, envelope, certificate),
    () => new RekorWitness({ rekorBaseURL: url, retry: 0 }).testify(content, certificate.toString()),
  )
  expect(ours).toEqual(theirs)
})

test('a timestamp authority gets the same request as from the library of Sigstore', async () => {
  const { content, signature } = await signedStatement()
  for (const tsaBaseURL of [url, `${url}/path/of/requests`]) {
    const [ours, theirs] = await requestsOf(
      () => requestTimestamp(client(), tsaBaseURL, signature),
      () => new TSAWitness({ tsaBaseURL, retry: 0 }).testify(content),
    )
    expect(ours).toEqual(theirs)
  }
})

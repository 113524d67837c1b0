import { generateKeyPair, type KeyObject, sign, X509Certificate } from 'node:crypto'
import { promisify } from 'node:util'
import { asObject, asStrings, type JsonObject } from '../util/json.js'
import { type IdentityToken, readTokenClaims } from './identity-token.js'
import { readJsonAnswer, type ServiceClient, type SigningService, urlBelow } from './signing-service.js'

/** A key of this process, and the certificate that says whose it is. */
export interface CertifiedKey {
  readonly privateKey: KeyObject
  readonly certificate: X509Certificate
}

/** Creates a key and requests a certificate for it, which is valid for some minutes. */
export async function requestCertificate(
  client: ServiceClient,
  baseUrl: string,
  { token }: IdentityToken,
): Promise<CertifiedKey> {
  const fulcio = fulcioAt(baseUrl)
  const { privateKey, publicKey } = await promisify(generateKeyPair)('ec', { namedCurve: 'P-256' })
  const { body } = await client.request(fulcio, {
    method: 'POST',
    url: urlBelow(fulcio.url, 'api/v2/signingCert'),
    json: certificateRequest(token, privateKey, publicKey),
  })
  const certificate = readJsonAnswer(fulcio, body, fields => readCertificate(fields, publicKey))
  return { privateKey, certificate }
}

function fulcioAt(baseUrl: string): SigningService {
  return {
    name: 'Fulcio',
    url: new URL(baseUrl),
    refusalHint: () =>
      'Fulcio accepts tokens only of issuers that it knows. Check the URL of Fulcio, and run the job again.',
  }
}

/** The signature of the token's subject proves that this process has the private key. */
function certificateRequest(token: string, privateKey: KeyObject, publicKey: KeyObject): object {
  return {
    credentials: { oidcIdentityToken: token },
    publicKeyRequest: {
      publicKey: { algorithm: 'ECDSA', content: publicKey.export({ format: 'pem', type: 'spki' }) },
      proofOfPossession: sign('sha256', Buffer.from(subjectOf(token)), privateKey).toString('base64'),
    },
  }
}

/** Fulcio expects the e-mail address of the token, if it has one. */
function subjectOf(token: string): string {
  const { email, sub } = readTokenClaims(token)
  return String(email ?? sub ?? '')
}

function readCertificate(fields: JsonObject, publicKey: KeyObject): X509Certificate {
  const signed = fields.signedCertificateEmbeddedSct ?? fields.signedCertificateDetachedSct
  const { chain } = asObject(signed, 'signedCertificateEmbeddedSct')
  const [first = ''] = asStrings(asObject(chain, 'chain').certificates, 'certificates')
  const certificate = parseCertificate(first)
  if (!certificate.publicKey.equals(publicKey)) throw new Error('the certificate is for another key')
  return certificate
}

function parseCertificate(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem)
  } catch (error) {
    throw new Error('it does not contain a certificate', { cause: error })
  }
}

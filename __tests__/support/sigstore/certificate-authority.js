import 'reflect-metadata'
import { createHash, generateKeyPairSync, randomBytes, webcrypto } from 'node:crypto'
import x509 from '@peculiar/x509'

const SIGNING = { name: 'ECDSA', hash: 'SHA-256' }
const KEYS = { name: 'ECDSA', namedCurve: 'P-256' }
const SCT_LIST = '1.3.6.1.4.1.11129.2.4.2'
const MINUTE = 60_000
const DAY = 1440 * MINUTE

/**
 * A certificate authority for Fulcio: a root, an intermediate certificate, and certificates of ten minutes. It has the interface
 * that the handler of `@sigstore/mock` expects. That package's own authority has neither an intermediate certificate nor another
 * name.
 *
 * @param options `ctLog`: a log of `@sigstore/mock`, whose promise gets into each certificate. `validUntil`: of the authority.
 */
export async function createAuthority({
  organization,
  ctLog,
  validUntil = new Date(Date.now() + 365 * DAY),
}) {
  const validity = { notBefore: new Date(validUntil.getTime() - 730 * DAY), notAfter: validUntil }
  const rootName = `CN=root,O="${organization}"`
  const issuer = `CN=intermediate,O="${organization}"`
  const [rootKeys, keys] = [await newKeys(), await newKeys()]
  const root = await certify({
    ...validity,
    ...{
      issuer: rootName,
      subject: rootName,
      publicKey: rootKeys.publicKey,
      signingKey: rootKeys.privateKey,
    },
    extensions: await authorityExtensions(rootKeys.publicKey, rootKeys.publicKey),
  })
  const intermediate = await certify({
    ...validity,
    ...{ issuer: rootName, subject: issuer, publicKey: keys.publicKey, signingKey: rootKeys.privateKey },
    extensions: await authorityExtensions(keys.publicKey, rootKeys.publicKey),
  })

  async function issue({ publicKey, subjectAltName, extensions = [], now = new Date() }) {
    const key = await webcrypto.subtle.importKey('spki', publicKey, KEYS, true, ['verify'])
    const draft = {
      ...{ serialNumber: newSerial(), issuer, publicKey: key, signingKey: keys.privateKey },
      ...{ notBefore: now, notAfter: new Date(now.getTime() + 10 * MINUTE) },
      extensions: [...(await leafExtensions(key, keys.publicKey, subjectAltName)), ...extensions.map(encode)],
    }
    if (!ctLog) return certify(draft)
    const promise = await ctLog.log((await certify(draft)).rawData, await idOf(keys.publicKey))
    return certify({ ...draft, extensions: [...draft.extensions, promiseList(Buffer.from(promise))] })
  }

  return {
    organization,
    /** What the handler puts after a certificate. */
    rootCertificate: Buffer.from(root.rawData),
    chain: [intermediate, root].map(({ rawData }) => Buffer.from(rawData)),
    issueCertificate: async request => Buffer.from((await issue(request)).rawData),
  }
}

/** A public key that no one has asked a certificate for. */
export function strangePublicKey() {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'der', type: 'spki' })
}

function newKeys() {
  return webcrypto.subtle.generateKey(KEYS, true, ['sign', 'verify'])
}

function certify(fields) {
  const all = { serialNumber: newSerial(), signingAlgorithm: SIGNING, ...fields }
  return x509.X509CertificateGenerator.create(all, webcrypto)
}

function newSerial() {
  return `01${randomBytes(15).toString('hex')}`
}

async function authorityExtensions(key, issuerKey) {
  const usages = x509.KeyUsageFlags.cRLSign | x509.KeyUsageFlags.keyCertSign
  return [
    new x509.BasicConstraintsExtension(true, undefined, true),
    new x509.KeyUsagesExtension(usages, true),
    ...(await keyIdentifiers(key, issuerKey)),
  ]
}

async function leafExtensions(key, issuerKey, subjectAltName) {
  return [
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.codeSigning]),
    new x509.SubjectAlternativeNameExtension([{ type: 'url', value: subjectAltName }], true),
    ...(await keyIdentifiers(key, issuerKey)),
  ]
}

async function keyIdentifiers(key, issuerKey) {
  return [
    await x509.SubjectKeyIdentifierExtension.create(key, false, webcrypto),
    await x509.AuthorityKeyIdentifierExtension.create(issuerKey, false, webcrypto),
  ]
}

/** An extension of Fulcio: a plain text (`legacy`), or a text in DER. */
function encode({ oid, value, legacy }) {
  const text = Buffer.from(value)
  return new x509.Extension(oid, false, legacy ? text : derOf(0x0c, text))
}

/** The promise of a certificate log, with its length, as a list in an octet string (RFC 6962, section 3.3). */
function promiseList(promise) {
  const length = Buffer.from([promise.length >> 8, promise.length & 255])
  return new x509.Extension(SCT_LIST, false, derOf(0x04, Buffer.concat([length, promise])))
}

function derOf(tag, content) {
  const { length } = content
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

async function idOf(publicKey) {
  const der = Buffer.from(await webcrypto.subtle.exportKey('spki', publicKey))
  return createHash('sha256').update(der).digest()
}

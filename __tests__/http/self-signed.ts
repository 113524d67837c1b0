import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'

/** A private key and its certificate, both in PEM format. */
export interface KeyPair {
  readonly key: string
  readonly cert: string
}

/** A certificate authority that no machine trusts by default. */
export interface PrivateAuthority {
  /** Its own certificate. */
  readonly cert: string
  /** Creates a key and a certificate for 127.0.0.1 and other hosts. */
  issue(...hosts: readonly string[]): KeyPair
}

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts)
  return Buffer.concat([Buffer.from([tag, ...lengthBytes(content.length)]), content])
}

/** DER has only the shortest form. Go's programs refuse others. */
function lengthBytes(length: number): number[] {
  if (length < 0x80) return [length]
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
}

const SEQUENCE = 0x30
const ECDSA_WITH_SHA256 = der(SEQUENCE, Buffer.from('06082a8648ce3d040302', 'hex'))
const COMMON_NAME = Buffer.from('0603550403', 'hex')
const SUBJECT_ALT_NAME = Buffer.from('0603551d11', 'hex')
const BASIC_CONSTRAINTS = Buffer.from('0603551d13', 'hex')
const TRUE = Buffer.from('0101ff', 'hex')

interface Party {
  readonly name: string
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

const createParty = (name: string): Party => ({ name, ...generateKeyPairSync('ec', { namedCurve: 'P-256' }) })

function nameOf({ name }: Party): Buffer {
  return der(SEQUENCE, der(0x31, der(SEQUENCE, COMMON_NAME, der(0x0c, Buffer.from(name)))))
}

function pem(kind: string, bytes: Buffer): string {
  return `-----BEGIN ${kind}-----\n${bytes.toString('base64')}\n-----END ${kind}-----\n`
}

/** Creates a certificate (RFC 5280) with one extension. */
function certify(subject: Party, issuer: Party, extension: Buffer): KeyPair {
  const validity = der(
    SEQUENCE,
    der(0x17, Buffer.from('200101000000Z')),
    der(0x17, Buffer.from('490101000000Z')),
  )
  const extensions = der(0xa3, der(SEQUENCE, extension))
  const version = der(0xa0, der(0x02, Buffer.from([2])))
  const serial = der(0x02, Buffer.from([1]))
  const spki = subject.publicKey.export({ type: 'spki', format: 'der' })
  const [from, to] = [nameOf(issuer), nameOf(subject)]
  const body = der(SEQUENCE, version, serial, ECDSA_WITH_SHA256, from, validity, to, spki, extensions)
  const signature = der(0x03, Buffer.from([0]), sign('sha256', body, issuer.privateKey))
  return {
    key: String(subject.privateKey.export({ type: 'pkcs8', format: 'pem' })),
    cert: pem('CERTIFICATE', der(SEQUENCE, body, ECDSA_WITH_SHA256, signature)),
  }
}

function alternativeNames(hosts: readonly string[]): Buffer {
  const names = hosts.map(host => der(0x82, Buffer.from(host)))
  const addresses = der(SEQUENCE, der(0x87, Buffer.from([127, 0, 0, 1])), ...names)
  return der(SEQUENCE, SUBJECT_ALT_NAME, der(0x04, addresses))
}

/** Creates a key and a self-signed certificate for 127.0.0.1 and other hosts. */
export function selfSigned(...hosts: readonly string[]): KeyPair {
  const party = createParty('test')
  return certify(party, party, alternativeNames(hosts))
}

/** @param name different authorities must have different names */
export function createAuthority(name = 'private authority'): PrivateAuthority {
  const authority = createParty(name)
  const isAuthority = der(SEQUENCE, BASIC_CONSTRAINTS, TRUE, der(0x04, der(SEQUENCE, TRUE)))
  const { cert } = certify(authority, authority, isAuthority)
  return { cert, issue: (...hosts) => certify(createParty('test'), authority, alternativeNames(hosts)) }
}

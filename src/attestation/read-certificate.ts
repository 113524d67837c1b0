import { X509Certificate as NodeCertificate } from 'node:crypto'
import type { ASN1Obj, X509Certificate } from '@sigstore/core'
import type { CertificateIdentity } from './signer-identity.js'

/** The certificate of a bundle. Nothing is verified yet. */
export interface SigningCertificate {
  readonly der: Buffer
  /** The name of the authority, in DER. */
  readonly issuer: Buffer
  /** Of the authority: `sigstore.dev`. */
  readonly issuerOrganization: string | undefined
  readonly identity: CertificateIdentity
}

/** All of Fulcio's extensions are below this number. */
const FULCIO = '1.3.6.1.4.1.57264.1.'
const SUBJECT_ALTERNATIVE_NAME = '2.5.29.17'
const ORGANIZATION = '2.5.4.10'
const CODE_SIGNING = '1.3.6.1.5.5.7.3.3'

/** The numbers of Fulcio's extensions (Fulcio, "OID information"). Their values are DER strings, except for the first. */
const EXTENSIONS = {
  issuerRaw: 1,
  issuer: 8,
  runnerEnvironment: 11,
  sourceRepository: 12,
  sourceDigest: 13,
  sourceRef: 14,
  callerWorkflow: 18,
  run: 21,
  visibility: 22,
} as const

/** The extensions before this number are raw texts. */
const FIRST_DER_STRING = 8

/** Reads a certificate of Fulcio. Throws an `Error` if it cannot be read, is for another purpose, or says something twice. */
export async function readCertificate(bytes: Uint8Array): Promise<SigningCertificate> {
  const { X509Certificate } = await import('@sigstore/core')
  const der = Buffer.from(bytes)
  const node = new NodeCertificate(der)
  if (!node.raw.equals(der)) throw new Error('there is something after it')
  checkPurpose(node)
  const certificate = X509Certificate.parse(der)
  return {
    der,
    issuer: certificate.issuer,
    issuerOrganization: readOrganization(certificate),
    identity: readIdentity(certificate),
  }
}

/** `keyUsage` of Node.js is the extended key usage. */
function checkPurpose({ ca, keyUsage = [] }: NodeCertificate): void {
  if (ca || !keyUsage.includes(CODE_SIGNING)) throw new Error('it is not for signing code')
}

/** Node.js escapes the comma in `GitHub, Inc.`, and not each version does it in the same way. */
function readOrganization({ tbsCertificate }: X509Certificate): string | undefined {
  const attributes = tbsCertificate.subs[3]?.subs.flatMap(({ subs }) => subs) ?? []
  const organization = attributes.find(({ subs }) => subs[0]?.toOID() === ORGANIZATION)
  return organization?.subs[1]?.value.toString('utf8')
}

function readIdentity(certificate: X509Certificate): CertificateIdentity {
  const extensions = readExtensions(certificate)
  const read = (name: keyof typeof EXTENSIONS): string | undefined =>
    readText(extensions.get(`${FULCIO}${EXTENSIONS[name]}`), EXTENSIONS[name])
  const optional = <K extends keyof typeof EXTENSIONS>(name: K): { [key in K]?: string } => {
    const value = read(name)
    return value === undefined ? {} : ({ [name]: value } as { [key in K]: string })
  }
  return {
    name: readName(extensions.get(SUBJECT_ALTERNATIVE_NAME)),
    issuer: read('issuer') ?? read('issuerRaw') ?? '',
    ...optional('sourceRepository'),
    ...optional('sourceRef'),
    ...optional('sourceDigest'),
    ...optional('callerWorkflow'),
    ...optional('runnerEnvironment'),
    ...optional('run'),
    ...optional('visibility'),
  }
}

/** The value of each extension, by its number. */
function readExtensions({ extensions }: X509Certificate): Map<string, ASN1Obj> {
  const values = new Map<string, ASN1Obj>()
  for (const { subs } of extensions) {
    const number = subs[0]?.toOID()
    const value = subs.at(-1)
    if (number === undefined || value === undefined)
      throw new Error('an extension of the certificate is empty')
    if (values.has(number)) throw new Error(`the certificate has the extension ${number} twice`)
    values.set(number, value)
  }
  return values
}

function readText(value: ASN1Obj | undefined, number: number): string | undefined {
  if (value === undefined) return undefined
  return number < FIRST_DER_STRING ? String(value.value) : readDerString(value.value, number)
}

/** A string in DER (ITU-T X.690): a tag, a length, and the text. */
function readDerString(der: Buffer, number: number): string {
  const isLong = ((der[1] ?? 0) & 0x80) !== 0
  const lengthBytes = isLong ? (der[1] ?? 0) & 0x7f : 0
  const start = 2 + lengthBytes
  const length = lengthBytes > 0 && lengthBytes <= 4 ? der.readUIntBE(2, lengthBytes) : der[1]
  if (der[0] !== UTF8_STRING || start + (length ?? 0) !== der.length)
    throw new Error(`the extension ${FULCIO}${number} of the certificate is not a string`)
  return der.toString('utf8', start)
}

const UTF8_STRING = 0x0c
const NAME_URI = 0x06
const NAME_EMAIL = 0x01

/** The one name of the signer: the URI of a workflow, or the address of a person. */
function readName(extension: ASN1Obj | undefined): string {
  const names = extension?.subs[0]?.subs ?? []
  const [name] = names
  if (names.length !== 1 || name === undefined)
    throw new Error(`the certificate has ${names.length} names instead of one`)
  if (!name.tag.isContextSpecific(NAME_URI) && !name.tag.isContextSpecific(NAME_EMAIL))
    throw new Error('the name in the certificate is neither a URI nor an email address')
  return name.value.toString('utf8')
}

import { createPrivateKey, type KeyObject } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { codeOf, messageOf, UserError } from '../util/error.js'
import { nameInput } from '../util/input-name.js'
import { MIB } from '../util/text.js'

/**
 * Reads a private key: PEM (PKCS #8 or SEC 1; ECDSA P-256 or Ed25519), also encrypted, or a key of cosign. Throws a `UserError`
 * that does not quote the key.
 *
 * @param text the key, or the path of a file
 */
export async function readPrivateKey(text: string, password: string | undefined): Promise<KeyObject> {
  const pem = findPrivateKey(text.includes('-----BEGIN') ? text : await readKeyFile(text.trim()))
  const key = await parseKey(pem, password)
  checkAlgorithm(key)
  return key
}

/** `signing-key` as the user writes it. */
function nameKey(): string {
  return nameInput('signing-key')
}

/** A text that is not a key in PEM may be one nevertheless, so no error quotes it. */
async function readKeyFile(path: string): Promise<string> {
  checkIsNoAddress(path)
  try {
    // A device or a pipe has no size.
    if ((await stat(path)).size > MIB)
      throw new UserError(`${nameKey()} names a file that is too large for a key`)
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof UserError) throw error
    throw fileError(codeOf(error))
  }
}

function fileError(code: string | undefined): UserError {
  if (code === 'EACCES') return new UserError(`${nameKey()} names a file that this user cannot read`)
  if (code === 'EISDIR')
    return new UserError(`${nameKey()} names a folder, not a file`, { hint: FORMAT_HINT })
  return new UserError(`${nameKey()} is neither a private key in PEM nor the path of a file`, {
    hint: FORMAT_HINT,
  })
}

const FORMAT_HINT =
  'Set it to the whole text of the key, from its line `-----BEGIN` to its line `-----END`, or to the path of its file.'

const CREATE_HINT =
  'Create a key with `cosign generate-key-pair`, or with `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256`.'

/** `awskms://…`, `k8s://…`, `pkcs11:…` */
function checkIsNoAddress(text: string): void {
  const [, scheme] = /^([a-z][a-z0-9+]*):(?:\/\/|[\w-]+=)/i.exec(text) ?? []
  if (scheme === undefined) return
  throw new UserError(`${nameKey()} is the address of a key (${scheme}:), which is not supported`, {
    hint: `Set it to the key itself, or to the path of a file. ${CREATE_HINT}`,
  })
}

interface Pem {
  /** `EC PRIVATE KEY` */
  readonly label: string
  /** Headers and base64. */
  readonly content: string
}

/** Other blocks, such as the parameters of a curve, may come first. */
function findPrivateKey(text: string): Pem {
  const blocks = listPemBlocks(text)
  const key = blocks.find(({ label }) => label.endsWith('PRIVATE KEY')) ?? blocks[0]
  if (key === undefined)
    throw new UserError(`${nameKey()} is not a complete private key in PEM`, { hint: FORMAT_HINT })
  const other = OTHER_KINDS.find(({ label }) => label.test(key.label))
  if (other) throw new UserError(`${nameKey()} is ${other.name}, not a private key`, { hint: other.hint })
  const wrong = WRONG_KEYS.find(({ label }) => label.test(key.label))
  if (wrong) throw unsupportedKey(wrong.name)
  return key
}

/** Secrets are often stored with spaces or `\n` in the place of line breaks. */
function listPemBlocks(text: string): Pem[] {
  const blocks = text
    .replaceAll(/\\r|\r/g, '')
    .replaceAll('\\n', '\n')
    .matchAll(/-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \1-----/gs)
  return Array.from(blocks, ([, label = '', content = '']) => ({ label, content: content.trim() }))
}

interface Kind {
  readonly label: RegExp
  readonly name: string
  readonly hint?: string
}

const OTHER_KINDS: readonly Kind[] = [
  { label: /PUBLIC KEY$/, name: 'a public key', hint: 'The private key is in another file.' },
  { label: /CERTIFICATE/, name: 'a certificate', hint: 'The private key is in another file.' },
  { label: /PARAMETERS$/, name: 'a list of parameters', hint: CREATE_HINT },
]

const WRONG_KEYS: readonly Kind[] = [
  { label: /^RSA /, name: 'RSA' },
  { label: /^DSA /, name: 'DSA' },
  { label: /^OPENSSH /, name: 'OpenSSH' },
  { label: /^PGP /, name: 'GnuPG' },
]

function unsupportedKey(name: string): UserError {
  const message = `${nameKey()} is a key of ${name}, which is not supported: only ECDSA P-256 and Ed25519 are`
  return new UserError(message, { hint: CREATE_HINT })
}

function parseKey(pem: Pem, password: string | undefined): Promise<KeyObject> | KeyObject {
  if (/^ENCRYPTED (SIGSTORE|COSIGN) PRIVATE KEY$/.test(pem.label)) return parseCosignKey(pem, password)
  const isEncrypted = pem.label.startsWith('ENCRYPTED') || pem.content.startsWith('Proc-Type:')
  if (isEncrypted && password === undefined) throw missingPassword()
  try {
    return createPrivateKey({ key: formatPem(pem), ...(isEncrypted && { passphrase: password ?? '' }) })
  } catch (error) {
    throw isEncrypted ? decryptionError(error) : damagedKey()
  }
}

/** Only the headers of an encrypted key depend on line breaks. */
function formatPem({ label, content }: Pem): string {
  const body = content.startsWith('Proc-Type:') ? content : content.replaceAll(/\s+/g, '')
  return `-----BEGIN ${label}-----\n${wrap(body)}\n-----END ${label}-----\n`
}

/** OpenSSL accepts at most 76 characters in a line. */
function wrap(text: string): string {
  return text.includes('\n') ? text : (text.match(/.{1,64}/g) ?? []).join('\n')
}

/** cosign encrypts a key without a password with an empty one. */
async function parseCosignKey({ content }: Pem, password: string | undefined): Promise<KeyObject> {
  const { decryptCosignKey } = await import('./cosign-key.js')
  const json = Buffer.from(content, 'base64').toString()
  const key = await decryptCosignKey(json, password ?? '').catch((error: unknown) => {
    throw new UserError(`${nameKey()} is a damaged key of cosign: ${messageOf(error)}`, { hint: FORMAT_HINT })
  })
  if (key === undefined) throw password === undefined ? missingPassword() : wrongPassword()
  try {
    return createPrivateKey({ key, format: 'der', type: 'pkcs8' })
  } catch {
    throw damagedKey()
  }
}

function missingPassword(): UserError {
  return new UserError(`${nameKey()} is encrypted, and ${nameInput('signing-key-password')} is not set`, {
    hint: `Set ${nameInput('signing-key-password')}.`,
  })
}

function wrongPassword(): UserError {
  return new UserError(`${nameInput('signing-key-password')} is not the password of ${nameKey()}`, {
    hint: 'Check that it was copied completely, without a line break.',
  })
}

function damagedKey(): UserError {
  return new UserError(`${nameKey()} is damaged: it is in PEM, but not a private key`, { hint: FORMAT_HINT })
}

/** OpenSSL notices a wrong password by what it decrypts, so it has many errors for one. */
function decryptionError(error: unknown): UserError {
  if (!codeOf(error)?.includes('UNSUPPORTED')) return wrongPassword()
  return new UserError(`${nameKey()} is encrypted with an algorithm that Node.js does not support`, {
    hint: 'Encrypt it again: `openssl pkcs8 -topk8 -v2 aes-256-cbc -in OLD -out NEW`.',
  })
}

function checkAlgorithm({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): void {
  const type = asymmetricKeyType ?? 'unknown'
  const curve = asymmetricKeyDetails?.namedCurve
  if (type === 'ed25519' || (type === 'ec' && curve === 'prime256v1')) return
  throw unsupportedKey(type === 'ec' ? `ECDSA ${curve}` : type.toUpperCase())
}

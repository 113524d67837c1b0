import {
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  type ScryptOptions,
  scryptSync,
} from 'node:crypto'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import nacl from 'tweetnacl'
import { readPrivateKey } from '../../src/attestation/private-key.js'
import type { UserError } from '../../src/util/error.js'
import { setInputStyle } from '../../src/util/input-name.js'
import { failureOf } from './fixture.js'

const KEYS = '__tests__/attestation/keys'
const cosignKey = readFileSync(join(KEYS, 'cosign.key'), 'utf8')
const PASSWORD = 'cosign-word'

const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const ed25519 = generateKeyPairSync('ed25519')
const pkcs8 = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString()
const encrypted = (key: KeyObject): string =>
  key.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'word' }).toString()
const spki = (key: KeyObject): string =>
  createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString()

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'keys-'))
  setInputStyle('workflow')
})
afterAll(() => rmSync(folder, { recursive: true }))

function fileWith(text: string): string {
  const path = join(folder, `${randomBytes(4).toString('hex')}.pem`)
  writeFileSync(path, text)
  return path
}

describe('a private key is read', () => {
  const sec1 = p256.privateKey.export({ type: 'sec1', format: 'pem' }).toString()
  const oldStyle = p256.privateKey
    .export({ type: 'sec1', format: 'pem', cipher: 'aes-128-cbc', passphrase: 'word' })
    .toString()
  const parameters = '-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n'
  test.each<[string, string, KeyObject, string?]>([
    ['PKCS #8 with ECDSA P-256', pkcs8(p256.privateKey), p256.privateKey],
    ['PKCS #8 with Ed25519', pkcs8(ed25519.privateKey), ed25519.privateKey],
    ['SEC 1', sec1, p256.privateKey],
    ['SEC 1 after its parameters', `${parameters}${sec1}`, p256.privateKey],
    ['encrypted PKCS #8', encrypted(p256.privateKey), p256.privateKey, 'word'],
    ['encrypted PKCS #8 with Ed25519', encrypted(ed25519.privateKey), ed25519.privateKey, 'word'],
    ['encrypted SEC 1', oldStyle, p256.privateKey, 'word'],
    ['a password that is not needed', pkcs8(p256.privateKey), p256.privateKey, 'word'],
    ['Windows line breaks', pkcs8(p256.privateKey).replaceAll('\n', '\r\n'), p256.privateKey],
    ['spaces in the place of line breaks', pkcs8(p256.privateKey).replaceAll('\n', ' '), p256.privateKey],
    ['`\\n` in the place of line breaks', pkcs8(p256.privateKey).replaceAll('\n', '\\n'), p256.privateKey],
    ['text around it', `My key:\n${pkcs8(p256.privateKey)}\n\n`, p256.privateKey],
  ])('%s', async (_, text, key, password: string | undefined = undefined) => {
    const [fromText, fromFile] = [text, fileWith(text)].map(given => readPrivateKey(given, password))
    expect(spki(await (fromText as Promise<KeyObject>))).toBe(spki(key))
    expect(spki(await (fromFile as Promise<KeyObject>))).toBe(spki(key))
  })

  test('a key of cosign', async () => {
    const key = await readPrivateKey(cosignKey, PASSWORD)
    expect(spki(key)).toBe(readFileSync(join(KEYS, 'cosign.pub'), 'utf8'))
    const path = join(KEYS, 'cosign-without-password.key')
    expect((await readPrivateKey(path, undefined)).asymmetricKeyType).toBe('ec')
  })

  test.each([2 ** 15, 2 ** 16, 2 ** 17])('an older or a stronger key of cosign, with N = %d', async N => {
    const text = encryptAsCosign(ed25519.privateKey, 'word', { N, r: 8, p: 1 })
    expect(spki(await readPrivateKey(text, 'word'))).toBe(spki(ed25519.privateKey))
  })
})

/** The format of go-securesystemslib, `encrypted`. */
function encryptAsCosign(key: KeyObject, password: string, params: ScryptOptions): string {
  const [salt, nonce] = [randomBytes(32), new Uint8Array(randomBytes(24))]
  const derived = new Uint8Array(scryptSync(password, salt, 32, { ...params, maxmem: 2 ** 30 }))
  const der = new Uint8Array(key.export({ type: 'pkcs8', format: 'der' }))
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
  const json = JSON.stringify({
    kdf: { name: 'scrypt', params, salt: base64(salt) },
    cipher: { name: 'nacl/secretbox', nonce: base64(nonce) },
    ciphertext: base64(nacl.secretbox(der, nonce, derived)),
  })
  return pemOf('ENCRYPTED COSIGN PRIVATE KEY', json)
}

function pemOf(label: string, content: string | Buffer): string {
  return `-----BEGIN ${label}-----\n${Buffer.from(content).toString('base64')}\n-----END ${label}-----\n`
}

/** Fails, and checks that the error does not contain the text or a part of it. */
async function refusalOf(text: string, password?: string): Promise<UserError> {
  const error = await failureOf(readPrivateKey(text, password))
  const shown = `${error.message} ${error.hint} ${error.stack} ${String(error.cause ?? '')}`
  for (const line of text.split(/\s+/).filter(word => word.length > 20)) expect(shown).not.toContain(line)
  if (password) expect(shown).not.toContain(password)
  return error
}

describe('an error says what is wrong, and does not quote the key', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pkcs1 = rsa.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()
  const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' })
  const x25519 = generateKeyPairSync('x25519')
  const body = pkcs8(p256.privateKey).split('\n').slice(1, -2).join('')
  const unsupported = (name: string): string =>
    `\`signing-key\` is a key of ${name}, which is not supported: only ECDSA P-256 and Ed25519 are`
  test.each<[string, string, string]>([
    ['RSA', pkcs8(rsa.privateKey), unsupported('RSA')],
    ['RSA as PKCS #1', pkcs1, unsupported('RSA')],
    ['ECDSA P-384', pkcs8(p384.privateKey), unsupported('ECDSA secp384r1')],
    ['X25519', pkcs8(x25519.privateKey), unsupported('X25519')],
    ['OpenSSH', pemOf('OPENSSH PRIVATE KEY', 'openssh-key-v1'), unsupported('OpenSSH')],
    ['a public key', spki(p256.privateKey), '`signing-key` is a public key, not a private key'],
    ['a certificate', pemOf('CERTIFICATE', 'x'), '`signing-key` is a certificate, not a private key'],
    [
      'something else in PEM',
      pemOf('X509 CRL', 'x'),
      '`signing-key` is damaged: it is in PEM, but not a private key',
    ],
    [
      'a damaged key',
      pemOf('PRIVATE KEY', 'no key'),
      '`signing-key` is damaged: it is in PEM, but not a private key',
    ],
    ['half a key', pkcs8(p256.privateKey).slice(0, 90), '`signing-key` is not a complete private key in PEM'],
    ['base64 without PEM', body, '`signing-key` is neither a private key in PEM nor the path of a file'],
    [
      'a missing file',
      '/nowhere/key.pem',
      '`signing-key` is neither a private key in PEM nor the path of a file',
    ],
    ['a folder', tmpdir(), '`signing-key` names a folder, not a file'],
    [
      'AWS',
      'awskms:///alias/my-signing-key-for-images',
      '`signing-key` is the address of a key (awskms:), which is not supported',
    ],
    [
      'Vault',
      'hashivault://key',
      '`signing-key` is the address of a key (hashivault:), which is not supported',
    ],
    [
      'a token',
      'pkcs11:slot-id=1;object=key',
      '`signing-key` is the address of a key (pkcs11:), which is not supported',
    ],
    ['a file without a key', join(KEYS, 'README.md'), '`signing-key` is not a complete private key in PEM'],
  ])('%s', async (_, text, message) => {
    expect((await refusalOf(text)).message).toBe(message)
  })

  test('a missing and a wrong password', async () => {
    const missing = '`signing-key` is encrypted, and `signing-key-password` is not set'
    const wrong = '`signing-key-password` is not the password of `signing-key`'
    for (const text of [encrypted(p256.privateKey), encrypted(ed25519.privateKey), cosignKey]) {
      expect((await refusalOf(text)).message).toBe(missing)
      for (const password of ['other-word', 'word\n', ''])
        expect((await refusalOf(text, password)).message).toBe(wrong)
    }
  })

  test('a damaged key of cosign, and one that needs too much memory', async () => {
    const damaged = [
      'no JSON',
      JSON.stringify({ cipher: { name: 'aes' } }),
      JSON.stringify({
        cipher: { name: 'nacl/secretbox' },
        kdf: { name: 'scrypt', params: { N: 2 ** 30, r: 8, p: 1 } },
      }),
      JSON.stringify({
        cipher: { name: 'nacl/secretbox', nonce: 'AA==' },
        kdf: { name: 'scrypt', params: { N: 2 ** 15, r: 8, p: 1 }, salt: 'AA==' },
        ciphertext: 'AA==',
      }),
    ]
    for (const json of damaged) {
      const { message } = await refusalOf(pemOf('ENCRYPTED SIGSTORE PRIVATE KEY', json), 'word')
      expect(message).toMatch(/^`signing-key` is a damaged key of cosign: its (cipher|parameters|nonce)/)
    }
  })

  test('on the command line, the variables are named', async () => {
    setInputStyle('command line')
    try {
      const { message } = await refusalOf(cosignKey)
      expect(message).toBe(
        '`NIX_MULTIARCH_SIGNING_KEY` is encrypted, and `NIX_MULTIARCH_SIGNING_KEY_PASSWORD` is not set',
      )
    } finally {
      setInputStyle('workflow')
    }
  })

  test('a file that is not readable, or too large', async () => {
    const large = fileWith('x'.repeat(2 ** 20 + 1))
    expect((await refusalOf(large)).message).toBe('`signing-key` names a file that is too large for a key')
    const locked = fileWith(pkcs8(p256.privateKey))
    chmodSync(locked, 0)
    if (process.getuid?.() !== 0)
      expect((await refusalOf(locked)).message).toBe('`signing-key` names a file that this user cannot read')
  })
})

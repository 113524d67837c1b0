import { type ScryptOptions, scrypt } from 'node:crypto'
import { promisify } from 'node:util'
import { asObject, type JsonObject, parseObjectOrEmpty } from '../util/json.js'
import { MIB } from '../util/text.js'

/**
 * Decrypts a private key of cosign, which is a JSON text with the parameters of scrypt and NaCl's secretbox. Returns the key as
 * DER (PKCS #8), or `undefined` if the password is wrong. Throws an `Error` that does not quote the key.
 */
export async function decryptCosignKey(json: string, password: string): Promise<Buffer | undefined> {
  const { kdf, cipher, ciphertext } = parseObjectOrEmpty(json)
  const { nonce, name } = asObject(cipher ?? {}, 'cipher')
  if (name !== 'nacl/secretbox') throw new Error('its cipher is not nacl/secretbox')
  const key = await deriveKey(asObject(kdf ?? {}, 'kdf'), password)
  const { default: nacl } = await import('tweetnacl')
  const box = decode(ciphertext, 'ciphertext')
  const opened = nacl.secretbox.open(box, decode(nonce, 'nonce', nacl.secretbox.nonceLength), key)
  return opened === null ? undefined : Buffer.from(opened)
}

/** cosign accepts only these values of N, with `r: 8` and `p: 1`. Others could need any amount of memory. */
const ALLOWED_N: readonly unknown[] = [2 ** 15, 2 ** 16, 2 ** 17]
/** The largest N needs 128 MiB, and some more. */
const MAX_MEMORY = 160 * MIB
const KEY_BYTES = 32

async function deriveKey({ name, params, salt }: JsonObject, password: string): Promise<Uint8Array> {
  const { N, r, p } = asObject(params ?? {}, 'params')
  if (name !== 'scrypt' || !ALLOWED_N.includes(N) || r !== 8 || p !== 1)
    throw new Error('its parameters of scrypt are not ones of cosign')
  const options: ScryptOptions = { N: Number(N), r, p, maxmem: MAX_MEMORY }
  const derive = promisify<string, Uint8Array, number, ScryptOptions, Buffer>(scrypt)
  return new Uint8Array(await derive(password, decode(salt, 'salt'), KEY_BYTES, options))
}

function decode(value: unknown, what: string, size?: number): Uint8Array {
  const bytes = new Uint8Array(Buffer.from(typeof value === 'string' ? value : '', 'base64'))
  if (bytes.length === 0 || bytes.length !== (size ?? bytes.length)) throw new Error(`its ${what} is damaged`)
  return bytes
}

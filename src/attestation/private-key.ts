import type { KeyObject } from 'node:crypto'

/**
 * Reads a private key: PEM (PKCS #8 or SEC 1; ECDSA P-256 or Ed25519), also encrypted, or a key of cosign. Throws a `UserError`
 * that does not quote the key.
 *
 * @param text the key, or the path of a file
 */
export async function readPrivateKey(_text: string, _password: string | undefined): Promise<KeyObject> {
  throw new Error('not written yet')
}

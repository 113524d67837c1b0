import { createHash, generateKeyPairSync, sign } from 'node:crypto'

/**
 * The key of a transparency log.
 *
 * @typedef {{ publicKey: Buffer, details: string, id: Buffer, sign: (data: Buffer) => Buffer }} LogKey
 */

/** The ID of the log is the hash of its key, as in Rekor v1. */
export function newEcdsaKey() {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const der = publicKey.export({ format: 'der', type: 'spki' })
  return {
    publicKey: der,
    details: 'PKIX_ECDSA_P256_SHA_256',
    id: sha256(der),
    sign: data => sign('sha256', data, privateKey),
  }
}

/** The ID of the log is the one of signed notes, as in Rekor v2. https://c2sp.org/signed-note */
export function newEd25519Key(name) {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const der = publicKey.export({ format: 'der', type: 'spki' })
  return {
    publicKey: der,
    details: 'PKIX_ED25519',
    id: sha256(Buffer.concat([Buffer.from(`${name}\n\x01`), der.subarray(-32)])),
    sign: data => sign(null, data, privateKey),
  }
}

/** A checkpoint: what the log signs about its tree. https://c2sp.org/tlog-checkpoint */
export function signCheckpoint({ name, origin, size, root }, { id, sign: signWith }) {
  const note = `${origin}\n${size}\n${root.toString('base64')}\n`
  const signature = Buffer.concat([id.subarray(0, 4), signWith(Buffer.from(note))])
  return `${note}\n\u2014 ${name} ${signature.toString('base64')}\n`
}

function sha256(bytes) {
  return createHash('sha256').update(bytes).digest()
}

import { createSha1 } from '../util/crypto.js'
import { escapeJson } from '../util/text.js'

/** The namespace of these UUIDs: itself a UUID of version 5, of the URL `nix-multiarch:sbom`. */
const NAMESPACE = '89df1c54-94b5-5e32-97df-4192f43a880b'

/**
 * Returns the text of a document with an identifier: `urn:uuid:…`. It is a UUID of version 5 (RFC 9562) of the document without
 * identifier, so equal documents have equal identifiers, and others do not.
 */
export function formatDocument(create: (identifier: string) => object): string {
  const identifier = `urn:uuid:${createUuid(JSON.stringify(create('')))}`
  return `${escapeJson(JSON.stringify(create(identifier), undefined, 2))}\n`
}

function createUuid(name: string): string {
  const hash = createSha1()
    .update(Buffer.from(NAMESPACE.replaceAll('-', ''), 'hex'))
    .update(name)
    .digest()
  const bytes = hash.subarray(0, 16)
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x50
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

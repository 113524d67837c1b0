import { createSha1 } from '../util/crypto.js'
import type { JsonObject } from '../util/json.js'
import { escapeJson, PROGRAM_VERSION } from '../util/text.js'

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

const PROGRAM = 'nix-multiarch'

/** The program that writes a document, in CycloneDX. */
export const TOOLS = { components: [{ type: 'application', name: PROGRAM, version: PROGRAM_VERSION }] }

/** The same, in SPDX. */
export const TOOL = `Tool: ${PROGRAM}-${PROGRAM_VERSION}`

/** Whether a version of this program wrote a document. An image can have the same name, so only the tools count. */
export function isOwnDocument({ metadata, creationInfo }: JsonObject): boolean {
  const { tools } = (metadata ?? {}) as JsonObject
  const { creators } = (creationInfo ?? {}) as JsonObject
  const texts = [JSON.stringify(tools ?? []), JSON.stringify(creators ?? [])]
  return texts.some(text => text.includes(`"name":"${PROGRAM}"`) || text.includes(`"Tool: ${PROGRAM}-`))
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

import { digestOf } from '../../oci/digest.js'
import { asObject, type JsonObject, parseJson } from '../../util/json.js'

/** Whether a predicate is an SBOM, in any version of its format. */
export function isDocumentType(predicateType: string): boolean {
  return /^https:\/\/(spdx\.dev\/Document|cyclonedx\.org\/bom)(\/|$)/.test(predicateType)
}

/** Returns a text that is equal for documents with equal fields, whatever their order and spaces. */
export function keyOfDocument(document: JsonObject): string {
  return digestOf(Buffer.from(JSON.stringify(sortFields(document))))
}

function sortFields(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortFields)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, each]) => [key, sortFields(each)]))
}

/** Returns `undefined` for a text that is not a JSON object. */
export function keyOfText(bytes: Buffer): string | undefined {
  try {
    return keyOfDocument(asObject(parseJson(bytes, 'the SBOM'), 'the SBOM'))
  } catch {
    return undefined
  }
}

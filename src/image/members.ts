import { posix } from 'node:path'
import { type Digest, parseDigest } from '../oci/digest.js'
import type { ReadLayer } from './staged-layer.js'

/** What an image archive holds, by the names of its members or of links to them. */
export interface Members {
  /** A document, as manifests and configs are; `undefined` where there is none. */
  find(name: string): Promise<Buffer | undefined>
  /** Throws an `Error` when it is missing, and `PassedOver` when it was not read. */
  layer(name: string): Promise<ReadLayer>
}

/** Symbolic and hard links: a name, and the name it stands for. */
export type Links = ReadonlyMap<string, string>

/** No document that counts is larger. */
export const SMALL = 4 << 20

/** A layer was taken for a known one by its name, and is another. */
export class PassedOver extends Error {
  override readonly name = 'PassedOver'
}

/** A document by its name. Throws an `Error` when it is missing. */
export async function documentAt(members: Members, name: string): Promise<Buffer> {
  const bytes = await members.find(name)
  if (!bytes) throw new Error(`${name} is not in the archive`)
  return bytes
}

/** The member that a name stands for in the end. Throws an `Error` when links lead in a circle. */
export function followLinks(links: Links, name: string): string {
  const seen = new Set<string>()
  let at = posix.normalize(name)
  for (let next = links.get(at); next !== undefined; next = links.get(at)) {
    if (seen.has(at)) throw new Error(`the link ${name} leads back to itself`)
    seen.add(at)
    at = next
  }
  return at
}

export function missingLayer(name: string): Error {
  return new Error(`the layer ${name} is not in the archive`)
}

/** The diff_id that a member says to have by its name, as dockerTools names layers. */
export function statedDiffId(name: string): Digest | undefined {
  const [, hex] = /^([0-9a-f]{64})\/layer\.tar$/.exec(name) ?? []
  return hex === undefined ? undefined : parseDigest(`sha256:${hex}`)
}

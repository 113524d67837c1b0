import { parseStoreUri } from '../nix/store-uri.js'
import { urlFrom } from '../util/url.js'
import { lines } from './parse.js'

/** Parsers for what Nix is set up with; each throws an `Error` whose message says what was expected. */

export function parseNixVersion(text: string): string {
  if (/^\d+\.\d+(\.\d+)?(pre[\w.]*)?$/.test(text)) return text
  throw new Error(`${JSON.stringify(text)} is not a version of Nix, such as 2.34.8`)
}

/** Gives it in lower case. */
export function parseSha256(text: string): string | undefined {
  if (text === '') return undefined
  if (/^[0-9a-f]{64}$/i.test(text)) return text.toLowerCase()
  throw new Error(`${JSON.stringify(text)} is not a SHA-256: 64 hex digits`)
}

/** Lines as in nix.conf. */
export function confLines(text: string): readonly string[] {
  const all = lines(text)
  const odd = all.find(line => !/^(#|!?include\s+\S|[\w-]+\s*=)/.test(line))
  if (odd === undefined) return all
  // What stands there may be a secret that went astray.
  throw new Error('a line is not as nix.conf has them: a name, an equals sign and a value')
}

const POWERS: Readonly<Record<string, number>> = { '': 0, k: 1, m: 2, g: 3 }

/** A size such as `500 MB` or `2 GiB`, in bytes. */
export function parseSize(text: string): number {
  const [, number = '', unit = '', binary] = /^(\d+(?:\.\d+)?)\s*([kmg]?)(i?)b?$/i.exec(text) ?? []
  if (number === '') throw new Error(`${JSON.stringify(text)} is not a size, such as 500 MB or 2 GB`)
  return Math.round(Number(number) * (binary ? 1024 : 1000) ** (POWERS[unit.toLowerCase()] ?? 0))
}

/** An address that is fetched from. */
export function parseWebUrl(text: string): string {
  const url = urlFrom(text)
  if (url !== undefined && /^https?:$/.test(url.protocol)) return text
  throw new Error(`${JSON.stringify(text)} is no address that begins with https://`)
}

/** None where nothing is given. */
export function optional<T>(parse: (text: string) => T): (text: string) => T | undefined {
  return text => (text === '' ? undefined : parse(text))
}

/** The address of a store, as Nix takes it. */
export function storeAddress(text: string): string {
  return parseStoreUri(text).text
}

import { stripVTControlCharacters } from 'node:util'
import about from '../../package.json' with { type: 'json' }

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB']

/** `1.4 MB`. Uses decimal units, like registries. */
export function formatBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000
    unit++
  }
  return `${unit === 0 || value >= 99.95 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`
}

/** `12 MB of 40 MB`, or `12 MB` if the size is not known. There may be a little more than an estimated size. */
export function formatPartOfBytes(done: number, size: number | undefined): string {
  return size === undefined
    ? formatBytes(done)
    : `${formatBytes(done)} of ${formatBytes(Math.max(done, size))}`
}

/** `0.4 s`, `1 min 05 s`. */
export function formatSeconds(milliseconds: number): string {
  const seconds = milliseconds / 1000
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`
  const rounded = Math.round(seconds)
  return `${Math.floor(rounded / 60)} min ${String(rounded % 60).padStart(2, '0')} s`
}

/** Decodes UTF-8 without the byte order mark that PowerShell writes at the start of a file. */
export function decodeText(bytes: Buffer): string {
  return new TextDecoder().decode(bytes)
}

/** `1 layer`, `2 layers`. */
export function pluralize(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** Characters that change the order in which a terminal or a browser shows other characters (Unicode, UAX #9). */
const DIRECTION_CONTROLS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** Characters that are not visible. */
const INVISIBLE =
  /[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu

/** The maximum number of names in a message. */
const MAX_LISTED = 5

/** `a, b, c, d, e and 3 more`. */
export function limitList(names: readonly string[]): string {
  const more = names.length > MAX_LISTED ? ` and ${names.length - MAX_LISTED} more` : ''
  return `${names.slice(0, MAX_LISTED).join(', ')}${more}`
}

/** Quotes untrusted text with line breaks or characters that could change the terminal. */
export function quoteControlCharacters(text: string): string {
  if (!/[\x00-\x1f\x7f-\x9f\u2028\u2029]/.test(text) && text.search(DIRECTION_CONTROLS) < 0) return text
  return JSON.stringify(text)
    .replace(/[\x7f-\x9f]/g, '?')
    .replace(/[\u2028\u2029]/g, escapeCodeUnit)
    .replace(DIRECTION_CONTROLS, escapeCodeUnit)
}

/** `\\u202e`, as in JSON. */
export function escapeCodeUnit(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** Returns untrusted text as one line without escape sequences, control characters and invisible characters. */
export function flattenText(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/[\s\u0000-\u001f\u007f-\u009f\u2028\u2029]+/gu, ' ')
    .replace(INVISIBLE, '')
    .trim()
}

/** Escapes characters in JSON that `JSON.stringify` keeps, although they could change the terminal. The value stays the same. */
export function escapeJson(json: string): string {
  return json.replace(/[\x7f-\x9f\u2028\u2029]/g, escapeCodeUnit).replace(DIRECTION_CONTROLS, escapeCodeUnit)
}

/** Removes escape sequences and control characters except for tabs and line breaks. */
export function stripTerminalControls(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f]/g, '')
    .replace(DIRECTION_CONTROLS, '')
}

/** Truncates text. An ellipsis replaces the rest. */
export function truncateText(text: string, maxLength: number): string {
  return text.length > maxLength ? `${text.slice(0, maxLength)}…` : text
}

/** The width of a terminal. Default: 80, also for a pseudo-terminal without a size, which reports 0. */
export function columnsOf({ columns }: { readonly columns?: number | undefined }): number {
  return columns || 80
}

export const MIB = 1024 * 1024

/** Parses a URL, relative to `base` if it is set. Returns `undefined` for invalid URLs. Node.js 20 has no `URL.parse`. */
export function parseUrl(text: string, base?: URL | string): URL | undefined {
  try {
    return new URL(text, base)
  } catch {
    return undefined
  }
}

/** Decodes each `%XX` of a part of a URL. A `%` that does not start one is kept, as curl does. */
export function decodePercent(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, part => {
    try {
      return decodeURIComponent(part)
    } catch {
      return part
    }
  })
}

/** The version of this program, from package.json. */
export const PROGRAM_VERSION = about.version

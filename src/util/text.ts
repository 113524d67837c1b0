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

/** `0.4 s`, `1 min 05 s`. */
export function formatSeconds(milliseconds: number): string {
  const seconds = milliseconds / 1000
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`
  const rounded = Math.round(seconds)
  return `${Math.floor(rounded / 60)} min ${String(rounded % 60).padStart(2, '0')} s`
}

/** `1 layer`, `2 layers`. */
export function pluralize(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** Quotes untrusted text with line breaks or control characters, which could change the terminal. */
export function quoteControlCharacters(text: string): string {
  return /[\x00-\x1f\x7f-\x9f]/.test(text) ? JSON.stringify(text).replace(/[\x7f-\x9f]/g, '?') : text
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

/** The version of this program, from package.json. */
export const PROGRAM_VERSION = about.version

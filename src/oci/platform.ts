import { asOptionalString, asString, type JsonObject } from '../util/json.js'
import { escapeJson, truncateText } from '../util/text.js'

/** A platform (OCI image-spec, image-index.md). `os` and `architecture` are values of Go's GOOS and GOARCH. */
export interface Platform {
  readonly os: string
  readonly architecture: string
  readonly variant?: string
  readonly 'os.version'?: string
}

/** The values of GOOS and GOARCH, variants such as `v7`, and versions of Windows such as `10.0.20348.2402`. */
const PLATFORM_WORD = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

/**
 * Parses the platform of an image config or of a descriptor. `os` and `architecture` may be empty, as in artifacts. Throws an
 * `Error` that names a missing or invalid field: a platform becomes part of messages, summaries and release notes.
 *
 * @param prefix of the names of the fields in the error: `manifests[0].platform.`
 */
export function parsePlatform(fields: JsonObject, prefix = ''): Platform {
  const check = (name: string, word: string): string => {
    if (word === '' || PLATFORM_WORD.test(word)) return word
    throw new Error(
      `${prefix}${name} is not the name of a platform: ${escapeJson(JSON.stringify(truncateText(word, 60)))}`,
    )
  }
  const required = (name: string): string => check(name, asString(fields[name], prefix + name))
  const optional = (name: string): string => check(name, asOptionalString(fields[name], prefix + name) ?? '')
  const [variant, version] = [optional('variant'), optional('os.version')]
  return {
    architecture: required('architecture'),
    os: required('os'),
    ...(version && { 'os.version': version }),
    ...(variant && { variant }),
  }
}

/** `linux/arm64`, `linux/arm/v7`. */
export function formatPlatform(platform: Platform): string {
  return [platform.os, platform.architecture, platform.variant].filter(Boolean).join('/')
}

/** Splits what `formatPlatform` returned. */
export function parsePlatformText(text: string): Platform {
  const [os = '', architecture = '', variant] = text.split('/')
  return { os, architecture, ...(variant && { variant }) }
}

/**
 * Normalizes the variant like Docker and containerd: `arm` becomes `arm/v7`, and `arm64/v8` becomes `arm64`. Two platforms are
 * the same if the results are equal.
 */
export function normalizePlatform(platform: Platform): Platform {
  const { variant, ...rest } = platform
  if (platform.architecture === 'arm') return { ...rest, variant: variant ?? 'v7' }
  if (variant === undefined || (platform.architecture === 'arm64' && variant === 'v8')) return rest
  return { ...rest, variant }
}

/** A Nix system that an image can be built for. */
export type System = keyof typeof PLATFORMS

const PLATFORMS = {
  'x86_64-linux': { os: 'linux', architecture: 'amd64' },
  'aarch64-linux': { os: 'linux', architecture: 'arm64' },
  'armv7l-linux': { os: 'linux', architecture: 'arm', variant: 'v7' },
  'armv6l-linux': { os: 'linux', architecture: 'arm', variant: 'v6' },
  'i686-linux': { os: 'linux', architecture: '386' },
  'powerpc64le-linux': { os: 'linux', architecture: 'ppc64le' },
  's390x-linux': { os: 'linux', architecture: 's390x' },
  'riscv64-linux': { os: 'linux', architecture: 'riscv64' },
} as const satisfies Record<string, Platform>

export const SYSTEMS = Object.keys(PLATFORMS) as readonly System[]

export function isSystem(text: string): text is System {
  return Object.hasOwn(PLATFORMS, text)
}

export function platformOf(system: System): Platform {
  return PLATFORMS[system]
}

/** Returns Nix's name of the processor: `aarch64`. */
export function cpuOf(system: System): string {
  return system.replace(/-linux$/, '')
}

/** Returns what names and tags of images end in to say their platform: `aarch64`, `arm64`, `aarch64-linux`, `linux-arm64`. */
function platformWordsOf(system: System): string[] {
  const { architecture } = PLATFORMS[system]
  return [cpuOf(system), architecture, system, `linux-${architecture}`]
}

/** Returns the system that a word says, `arm64` or `aarch64`. `undefined` if it says none. */
export function systemOfWord(word: string): System | undefined {
  return SYSTEMS.find(system => platformWordsOf(system).includes(word))
}

/** Returns the system that the end of a name says, and the name without it: `app-arm64`. `undefined` if it says none. */
export function splitPlatformSuffix(text: string): { base: string; system: System } | undefined {
  for (const system of SYSTEMS) {
    const words = platformWordsOf(system).toSorted((a, b) => b.length - a.length)
    for (const word of words)
      for (const separator of ['-', '_', '.'])
        if (text.endsWith(`${separator}${word}`) && text.length > word.length + 1)
          return { base: text.slice(0, -word.length - 1), system }
  }
  return undefined
}

/** Removes the end of a name or tag that says the platform, if it is this system: `1.0.0-amd64` becomes `1.0.0`. */
export function withoutPlatformSuffix(text: string, system: System): string {
  const split = splitPlatformSuffix(text)
  return split?.system === system ? split.base : text
}

/**
 * Returns the platform of an image that was built for `system`. `stated` is the platform in its config. If it has no variant, the
 * variant of the system is used. Returns `undefined` if the config is for another platform.
 */
export function resolvePlatform(system: System, stated: Platform): Platform | undefined {
  const expected: Platform = PLATFORMS[system]
  if (stated.os !== expected.os || stated.architecture !== expected.architecture) return undefined
  const variant = stated.variant ?? expected.variant
  const platform = normalizePlatform({ ...stated, ...(variant && { variant }) })
  return expected.variant === undefined || platform.variant === expected.variant ? platform : undefined
}

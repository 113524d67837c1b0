/** A platform (OCI image-spec, image-index.md), with Go's names for system and machine. */
export interface Platform {
  readonly os: string
  readonly architecture: string
  readonly variant?: string
  readonly 'os.version'?: string
}

/** `linux/arm64`, `linux/arm/v7`. */
export function formatPlatform(platform: Platform): string {
  return [platform.os, platform.architecture, platform.variant].filter(Boolean).join('/')
}

/**
 * The platform with the variant that its architecture implies: `arm` without one is v7, as Docker and containerd
 * read it, and `arm64/v8` is plain `arm64`. Two equal results name the same machine.
 */
export function normalizePlatform(platform: Platform): Platform {
  const { variant, ...rest } = platform
  if (platform.architecture === 'arm') return { ...rest, variant: variant ?? 'v7' }
  if (variant === undefined || (platform.architecture === 'arm64' && variant === 'v8')) return rest
  return { ...rest, variant }
}

/** A Nix system that an image can be built for. */
export type System = keyof typeof PLATFORMS

/** The one table between Nix's systems and OCI's platforms. */
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

/**
 * The platform of an image for `system` whose config states `stated`; `undefined` when that is another machine. A
 * variant that the config leaves out is the system's.
 */
export function resolvePlatform(system: System, stated: Platform): Platform | undefined {
  const own: Platform = PLATFORMS[system]
  if (stated.os !== own.os || stated.architecture !== own.architecture) return undefined
  const variant = stated.variant ?? own.variant
  const platform = normalizePlatform({ ...stated, ...(variant && { variant }) })
  return own.variant === undefined || platform.variant === own.variant ? platform : undefined
}

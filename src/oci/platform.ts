/** A platform (OCI image-spec, image-index.md). `os` and `architecture` are values of Go's GOOS and GOARCH. */
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

/** A platform (OCI image-spec, image-index.md), with Go's names for system and machine. */
export interface Platform {
  readonly os: string
  readonly architecture: string
  readonly variant?: string
  readonly 'os.version'?: string
}

/** `linux/arm64`, `linux/arm/v7`. */
export function platformName(platform: Platform): string {
  return [platform.os, platform.architecture, platform.variant].filter(Boolean).join('/')
}

/** Reads `linux/arm64` or `linux/arm/v7`; throws an `Error` when it has another shape. */
export function parsePlatform(text: string): Platform {
  const [os, architecture, variant, ...more] = text.split('/')
  if (!os || !architecture || variant === '' || more.length > 0) throw new Error(`not a platform: ${text}`)
  return { os, architecture, ...(variant && { variant }) }
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

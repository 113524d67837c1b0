import type { Platform } from '../../src/oci/platform.js'

/** Parses a platform such as `linux/arm64` or `linux/arm/v7`; throws an `Error` if it is malformed. */
export function parsePlatform(text: string): Platform {
  const [os, architecture, variant, ...more] = text.split('/')
  if (!os || !architecture || variant === '' || more.length > 0) throw new Error(`not a platform: ${text}`)
  return { os, architecture, ...(variant && { variant }) }
}

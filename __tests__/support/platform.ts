import type { Platform } from '../../src/oci/platform.js'

/** Reads `linux/arm64` or `linux/arm/v7`; throws an `Error` when it has another shape. */
export function parsePlatform(text: string): Platform {
  const [os, architecture, variant, ...more] = text.split('/')
  if (!os || !architecture || variant === '' || more.length > 0) throw new Error(`not a platform: ${text}`)
  return { os, architecture, ...(variant && { variant }) }
}

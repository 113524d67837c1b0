import { redactAddresses } from '../util/redact-addresses.js'
import { stripTerminalControls } from '../util/text.js'
import { createMask, MIN_SECRET_LENGTH } from './mask-secrets.js'

/** What a host does to each text before anybody sees it. */
interface Protection {
  /** Removes secrets, the passwords in addresses, and escape sequences. Line breaks are kept. */
  protect(text: string): string
  /** Masks a secret in all later texts. Returns `false` if it is too short. */
  maskSecret(secret: string): boolean
}

/** @param warn called once, if a secret is too short to be masked */
export function createProtection(warn: (message: string) => void): Protection {
  const mask = createMask()
  let hasWarned = false
  return {
    protect: text => mask.apply(redactAddresses(stripTerminalControls(text))),
    maskSecret(secret) {
      const isMasked = mask.add(secret)
      // `protect` removes escape sequences first, also those in a secret.
      if (isMasked) mask.add(stripTerminalControls(secret))
      if (isMasked || hasWarned) return isMasked
      hasWarned = true
      warn(
        `A secret has fewer than ${MIN_SECRET_LENGTH} characters, so it is not masked in the log: it would occur in other ` +
          'words. Use a longer secret.',
      )
      return false
    },
  }
}

import { DamagedLayout } from '../../image/layout.js'
import { InvalidConfig } from '../../oci/check-config.js'
import type { Digest } from '../../oci/digest.js'
import { DigestMismatch } from '../../oci/verify.js'
import { RegistryError } from '../../registry/describe-error.js'
import { isSystemError, messageOf } from '../../util/error.js'
import { quoteControlCharacters } from '../../util/text.js'
import { isNotFoundError } from '../shared/published-images.js'

/** Something in an image that is wrong. */
export interface Finding {
  /** The platform whose image it is in. Absent for the index. */
  readonly platform?: string
  /** The blob or manifest that is wrong, if there is one. */
  readonly digest?: Digest
  readonly problem: string
}

/** Collects the findings about one part of an image. */
export class Findings {
  readonly list: Finding[] = []
  readonly #platform: string | undefined

  constructor(platform?: string) {
    this.#platform = platform
  }

  add(problem: string, digest?: Digest): void {
    const platform = this.#platform
    this.list.push({
      ...(platform !== undefined && { platform }),
      ...(digest && { digest }),
      problem: quoteControlCharacters(problem),
    })
  }

  /** Adds what is wrong with a blob that cannot be read. Throws errors that are not about its content again. */
  addError(what: string, error: unknown, digest?: Digest): void {
    this.add(`${what}: ${describeDamage(error)}`, digest)
  }
}

/**
 * Describes why content is damaged or missing. Throws other errors again: the network, a refused access or a full disk says
 * nothing about an image.
 */
export function describeDamage(error: unknown): string {
  if (isNotFoundError(error)) return 'it is missing in the registry'
  if (error instanceof RegistryError && error.failure.status === 200) return error.failure.problem
  if (error instanceof DigestMismatch || error instanceof InvalidConfig) return messageOf(error)
  const isPlain = error instanceof Error && error.name === 'Error' && !('code' in error)
  if (isPlain || (error instanceof DamagedLayout && !isSystemError(error.cause))) return messageOf(error)
  throw error
}

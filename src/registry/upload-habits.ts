import { RequestError } from '../http/request-error.js'
import { MIB } from '../util/units.js'

const FIRST_PIECE = 16 * MIB
const LEAST_PIECE = MIB

/** What a registry, or a proxy before it, has shown of how it wants uploads. */
export class UploadHabits {
  #whole: 'any' | 'small' | 'none' = 'any'
  #piece = FIRST_PIECE

  /** Of a piece, in bytes. */
  get piece(): number {
    return this.#piece
  }

  /** Whether a blob may go in one request. */
  takesWhole(size: number): boolean {
    return this.#whole === 'any' || (this.#whole === 'small' && size <= this.#piece)
  }

  /** Remembers that pieces were taken where the whole was refused. */
  learn(refusal: RequestError): void {
    if (this.#whole !== 'none') this.#whole = refusal.status === 413 ? 'small' : 'none'
  }

  /** Makes pieces smaller than those that were refused; says whether that is worth a try. */
  shrink(refused: number): boolean {
    if (refused <= LEAST_PIECE) return false
    this.#piece = Math.max(LEAST_PIECE, Math.min(this.#piece, refused / 2))
    return true
  }
}

const NO_WHOLE = new Set([405, 411, 413, 416, 501])

/** Whether there is no piece smaller than a blob that was too large. */
export function isHopeless({ status }: RequestError, size: number): boolean {
  return status === 413 && size <= LEAST_PIECE
}

/** Whether an upload was refused in this way, and may be taken in another. */
export function wantsPieces(error: unknown): error is RequestError {
  if (!(error instanceof RequestError) || error.status === undefined) return false
  const hasNoSuchWay = error.status === 404 && error.complaints.length === 0
  return NO_WHOLE.has(error.status) || hasNoSuchWay || error.complains('UNSUPPORTED')
}

/** Whether an upload session is not there any more. */
export function isLost(error: unknown): boolean {
  return error instanceof RequestError && error.status === 404
}

/** Some refuse large pieces as being out of range. */
export function isTooLarge(error: unknown): boolean {
  return error instanceof RequestError && (error.status === 413 || error.status === 416)
}

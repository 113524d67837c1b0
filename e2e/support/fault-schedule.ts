import { below, type Random, seeded } from '../../__tests__/support/images.js'

/** The kinds of requests that a fault can affect. */
const PLACES = ['any', 'look', 'session', 'blob', 'manifest', 'tag', 'token'] as const
export type Place = (typeof PLACES)[number]

/** The effect of a fault. `part` is a fraction from 0 to 1. */
export type FaultEffect =
  | { readonly kind: 'reset before' }
  | { readonly kind: 'reset in request' | 'reset in answer' | 'cut answer'; readonly part: number }
  /** The request takes effect, but the answer is lost. */
  | { readonly kind: 'lost answer' }
  /** `done`: the request takes effect, but a gateway answers with the error. `retryAfter` is in seconds. */
  | {
      readonly kind: 'status'
      readonly status: number
      readonly retryAfter: number | undefined
      readonly done: boolean
      /** Whether the answer is sent before the request body was read. */
      readonly early: boolean
    }
  /** No bytes for `ms` milliseconds, then the answer. `done`: the request takes effect before the pause. */
  | { readonly kind: 'stall'; readonly ms: number; readonly done: boolean }
  | { readonly kind: 'slow request' | 'slow answer'; readonly ms: number }
  /** All tokens that were used before become invalid. */
  | { readonly kind: 'expired tokens' }

export type Kind = FaultEffect['kind']

/** A fault in `times` consecutive requests of a place, starting with the `nth` (from 0). */
export type Fault = FaultEffect & { readonly at: Place; readonly nth: number; readonly times: number }

/** All faults of one push. */
export interface Schedule {
  readonly seed: number
  /** The number of requests for which a token is valid; often unlimited. `undefined`: no token is needed. */
  readonly tokenUses: number | undefined
  readonly faults: readonly Fault[]
}

/** The schedule depends only on the seed. In about one of seven, the registry fails permanently. */
export function scheduleOf(seed: number): Schedule {
  const random = seeded(seed)
  const tokenUses = tokenUsesOf(random)
  const count = 1 + below(random, 5)
  const faults = Array.from({ length: count }, () => faultOf(random, tokenUses !== undefined))
  const outage = random() < 0.15 ? [outageOf(random)] : []
  return { seed, tokenUses, faults: [...faults, ...outage] }
}

function tokenUsesOf(random: Random): number | undefined {
  if (random() < 0.6) return undefined
  return random() < 0.3 ? 20 + below(random, 25) : Number.POSITIVE_INFINITY
}

/** The number of requests that must be retried. Slow requests do not count. */
export function countFailures({ faults }: Schedule): number {
  return faults.filter(({ kind }) => !kind.startsWith('slow')).reduce((sum, { times }) => sum + times, 0)
}

/** The schedule as one line of text, with its seed. */
export function scheduleText({ seed, tokenUses, faults }: Schedule): string {
  const texts = faults.map(({ at, nth, times, ...effect }) => {
    const details = Object.entries(effect).flatMap(([name, value]) =>
      name === 'kind' || value === undefined || value === false ? [] : [`${name} ${value}`],
    )
    const often = times === 1 ? '' : ` × ${times}`
    return `${effect.kind}${details.length > 0 ? ` (${details.join(', ')})` : ''} at ${at} ${nth}${often}`
  })
  return `seed ${seed}: ${tokenUses ? `tokens for ${tokenUses} requests; ` : ''}${texts.join('; ')}`
}

function faultOf(random: Random, tokens: boolean): Fault {
  const at = PLACES[below(random, tokens ? PLACES.length : PLACES.length - 1)] as Place
  const nth = below(random, FIRSTS[at])
  const times = random() < 0.75 ? 1 : 2
  return { ...effectOf(random, tokens), at, nth, times }
}

/** Approximate number of requests of each place in a push of a small image. */
const FIRSTS: Readonly<Record<Place, number>> = {
  any: 30,
  look: 12,
  session: 8,
  blob: 8,
  manifest: 3,
  tag: 1,
  token: 2,
}

function outageOf(random: Random): Fault {
  const effect = OUTAGES[below(random, OUTAGES.length)] as FaultEffect
  return { ...effect, at: 'any', nth: below(random, 40), times: Number.POSITIVE_INFINITY }
}

const OUTAGES: readonly FaultEffect[] = [
  { kind: 'reset before' },
  { kind: 'lost answer' },
  { kind: 'status', status: 503, retryAfter: undefined, done: false, early: false },
  { kind: 'stall', ms: 1500, done: false },
]

const STATUSES = [408, 425, 429, 429, 500, 502, 503, 503, 504]

const MAKERS: readonly ((random: Random) => FaultEffect)[] = [
  () => ({ kind: 'reset before' }),
  random => ({ kind: 'reset in request', part: random() }),
  random => ({ kind: 'reset in answer', part: random() }),
  random => ({ kind: 'cut answer', part: random() }),
  () => ({ kind: 'lost answer' }),
  statusOf,
  statusOf,
  random => ({ kind: 'stall', ms: 1000 + below(random, 700), done: random() < 0.5 }),
  random => ({ kind: 'slow request', ms: 50 + below(random, 250) }),
  random => ({ kind: 'slow answer', ms: 50 + below(random, 250) }),
]

function effectOf(random: Random, tokens: boolean): FaultEffect {
  if (tokens && random() < 0.15) return { kind: 'expired tokens' }
  return (MAKERS[below(random, MAKERS.length)] as (random: Random) => FaultEffect)(random)
}

function statusOf(random: Random): FaultEffect {
  const status = STATUSES[below(random, STATUSES.length)] as number
  const retryAfter = random() < 0.4 ? below(random, 2) : undefined
  const gateway = status === 502 || status === 504
  return { kind: 'status', status, retryAfter, done: gateway && random() < 0.5, early: random() < 0.5 }
}

import type { Result } from './rounds.js'
import type { Contestant } from './scenario.js'
import { medianOf } from './statistics.js'
import type { Sample } from './turn.js'

/** The runs of a peer in a scenario. */
export interface Peer {
  readonly name: string
  readonly samples: readonly Sample[]
}

/** The peer with the shortest median time. `only` restricts it to one program. */
export function fastestPeer(
  { scenario, samples }: Result,
  only?: NonNullable<Contestant['peer']>,
): Peer | undefined {
  const peers = scenario.contestants.flatMap(({ name, peer }, at) =>
    peer !== undefined && (only ?? peer) === peer ? [{ name, samples: samples[at] ?? [] }] : [],
  )
  const [fastest] = peers.toSorted((a, b) => medianOf(a.samples, 'seconds') - medianOf(b.samples, 'seconds'))
  return fastest
}

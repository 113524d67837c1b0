import type { Result } from './rounds.js'
import type { Contestant } from './scenario.js'
import { middle } from './statistics.js'
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
  const [fastest] = peers.toSorted((a, b) => middle(a.samples, 'seconds') - middle(b.samples, 'seconds'))
  return fastest
}

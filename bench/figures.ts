import { fastestPeer } from './peers.js'
import type { Result } from './rounds.js'
import type { Contestant } from './scenario.js'
import { medianOf } from './statistics.js'
import type { Sample } from './turn.js'

export interface Figure {
  readonly value: number
  /** The peer it is compared with, or the scenario of the maximum. */
  readonly beside: string
}

/** Returns `undefined` if it was not measured. */
export type ReadFigure = (results: readonly Result[]) => Figure | undefined

const ourSamples = ({ samples: [first = []] }: Result): readonly Sample[] => first

/** Our value divided by the fastest peer's value in a scenario. */
export const toPeer =
  (scenario: string, key: 'seconds' | 'sent', only?: NonNullable<Contestant['peer']>): ReadFigure =>
  results => {
    const result = results.find(it => it.scenario.name === scenario)
    const peer = result && fastestPeer(result, only)
    return (
      peer && { value: medianOf(ourSamples(result), key) / medianOf(peer.samples, key), beside: peer.name }
    )
  }

/** One of our values, optionally divided by another one. */
export const ofOurs =
  (scenario: string, key: keyof Sample, divisor?: keyof Sample): ReadFigure =>
  results => {
    const result = results.find(it => it.scenario.name === scenario)
    if (!result) return undefined
    const value = medianOf(ourSamples(result), key) / (divisor ? medianOf(ourSamples(result), divisor) : 1)
    return { value, beside: '' }
  }

/** The memory of the largest process in all our pushes, in bytes. */
export const peakMemory: ReadFigure = results =>
  results
    .filter(({ scenario }) => scenario.name.startsWith('push'))
    .flatMap(result => ownRuns(result).map(run => ({ value: run.peakMemory, beside: result.scenario.name })))
    .toSorted((a, b) => b.value - a.value)[0]

const ownRuns = ({ scenario, samples }: Result): Sample[] =>
  scenario.contestants.flatMap(({ peer }, at) => (peer ? [] : (samples[at] ?? [])))

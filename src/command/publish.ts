import { join } from 'node:path'
import type { Host } from '../host/host.js'
import type { PublishInputs } from '../input/inputs.js'
import { type Built, build } from './build.js'
import { allOrFail } from './failures.js'
import { type Merged, mergeArchives, requireDestination } from './merge.js'

export type PublishRequest = Omit<PublishInputs, 'json' | 'verbose' | 'passwordStdin'>

/** Builds and merges on one machine. The archives in between are kept only in `output`. */
export async function publish(
  inputs: PublishRequest,
  host: Host,
  signal: AbortSignal,
): Promise<{ built: Built[]; merged: Merged[] }> {
  requireDestination(inputs, host)
  const output = inputs.output ?? join(host.temp, 'archives')
  const built = await build({ ...inputs, output }, host, signal)
  const files = built.map(({ file }) => file)
  // Everything that was found has been built, and what a flake lacks for a system is not missing.
  const merged = await mergeArchives(files, { ...inputs, systems: 'any' }, host, signal)
  return { built, merged: allOrFail(merged, signal) }
}

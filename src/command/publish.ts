import { join } from 'node:path'
import type { Host } from '../host/host.js'
import type { PublishInputs } from '../input/inputs.js'
import { build } from './build.js'
import type { Built } from './built.js'
import { outlets } from './destination.js'
import { gitFacts } from './git.js'
import { mergeArchives } from './merge.js'
import type { Merged } from './merged.js'

export type PublishRequest = Omit<PublishInputs, 'json' | 'verbose' | 'passwordStdin'>

/** Builds and merges on one machine. The archives in between are kept only in `output`. */
export async function publish(
  inputs: PublishRequest,
  host: Host,
  signal: AbortSignal,
): Promise<{ built: Built[]; merged: Merged[] }> {
  const git = await gitFacts(host)
  const to = outlets(inputs, host, git.ref)
  const output = inputs.output ?? join(host.temp, 'archives')
  const built = await build({ ...inputs, output }, host, signal)
  const files = built.map(({ file }) => file)
  return { built, merged: await mergeArchives({ files, plan: undefined, git, to }, inputs, host, signal) }
}

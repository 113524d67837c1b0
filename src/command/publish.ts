import { join } from 'node:path'
import type { Host } from '../host/host.js'
import type { PublishInputs } from '../input/inputs.js'
import type { Container } from '../nix/container.js'
import { buildChosen } from './build.js'
import type { Built } from './built.js'
import { gitFacts } from './git.js'
import { mergeArchives } from './merge.js'
import type { Merged } from './merged.js'
import { outlets } from './outlets.js'
import { decide } from './plan-decide.js'
import type { PlannedContainer } from './plan-document.js'
import { subjectsOf } from './plan-subject.js'

export type PublishRequest = Omit<PublishInputs, 'json' | 'verbose' | 'passwordStdin'>

/**
 * Builds and merges on one machine. What the registries have already, made from the same derivations, is not built again. The
 * archives in between are kept only in `output`.
 */
export async function publish(
  inputs: PublishRequest,
  host: Host,
  signal: AbortSignal,
): Promise<{ built: Built[]; merged: Merged[] }> {
  const git = await gitFacts(host)
  const to = outlets(inputs, host, git.ref)
  const output = inputs.output ?? join(host.temp, 'archives')
  let planned: readonly PlannedContainer[] = []
  const changed = async (found: readonly Container[]): Promise<readonly Container[]> => {
    const subjects = subjectsOf(found, { ref: git.ref, version: inputs.version }, host)
    planned = await decide(subjects, inputs, git.ref, host, signal)
    const left = planned.filter(({ build }) => !build)
    for (const { name, why } of left) host.log.info(`${name}: ${why}`)
    return found.filter(({ name }) => !left.some(each => each.name === name))
  }
  const built = await buildChosen({ ...inputs, output }, host, signal, changed)
  const files = built.map(({ file }) => file)
  const plan = { format: 1, containers: planned } as const
  return { built, merged: await mergeArchives({ files, plan, git, to }, inputs, host, signal) }
}

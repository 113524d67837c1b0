import type { Host } from '../host/host.js'
import type { PublishInputs } from '../input/inputs.js'
import type { Container } from '../nix/container.js'
import { mapLimit } from '../util/async.js'
import { buildSelected, type Chosen } from './build/build.js'
import { mergeArchives } from './merge/merge.js'
import { openPushClient } from './merge/push-index.js'
import { decide, type PlanDecision } from './plan/decide.js'
import type { BuiltImage } from './shared/build-report.js'
import { plannedImages } from './shared/compare.js'
import { resolveDestinations } from './shared/destinations.js'
import { gitFacts } from './shared/git.js'
import type { Merged } from './shared/merge-result.js'
import { IMAGES_AT_ONCE } from './shared/platform-image.js'
import { type FoundLayers, findPublishedLayers } from './shared/published.js'

type PublishRequest = Omit<PublishInputs, 'json' | 'verbose' | 'passwordStdin'>

/**
 * Builds and merges on one machine. What the registries have already, made from the same derivations, is not built again, and of the
 * rest only those layers are packed that they have not. There are archives in between only where `output` asks for them.
 */
export async function publish(
  inputs: PublishRequest,
  host: Host,
): Promise<{ built: BuiltImage[]; merged: Merged[] }> {
  const git = await gitFacts(host)
  const to = resolveDestinations(inputs, host, git.ref)
  const pusher = openPushClient(to, inputs.pushTimeout, host)
  let choices: readonly PlanDecision[] = []
  const choose = async (found: readonly Container[]): Promise<Chosen> => {
    const subjects = plannedImages(found, { ref: git.ref, version: inputs.version }, host)
    choices = await decide(subjects, inputs, git.ref, host, pusher.client)
    const left = choices.filter(({ container }) => !container.build)
    for (const { container } of left) host.log.info(`${container.name}: ${container.why}`)
    const names = new Set(left.map(({ container }) => container.name))
    const containers = found.filter(({ name }) => !names.has(name))
    const isSent = to.image.length > 0 && to.archive === undefined && inputs.output === undefined
    // An archive is to be whole, and made without a registry.
    const there = isSent ? await whatIsThere(choices, to.image.length) : new Map()
    return { containers, there: name => there.get(name) }
  }
  try {
    const made = await buildSelected(inputs, inputs.output, host, choose)
    const built = made.map(each => each.built)
    const files = made.flatMap(({ file }) => file ?? [])
    const pieces = made.flatMap(({ piece }) => piece ?? [])
    const plan = { format: 1, containers: choices.map(({ container }) => container) } as const
    const merged = await mergeArchives({ files, pieces, plan, git, to, pusher }, inputs, host)
    return { built, merged }
  } finally {
    pusher.client.close()
  }
}

async function whatIsThere(
  choices: readonly PlanDecision[],
  repositories: number,
): Promise<Map<string, FoundLayers | undefined>> {
  const changed = choices.filter(({ container }) => container.build)
  const found = await mapLimit(
    changed,
    IMAGES_AT_ONCE,
    async ({ container, bases }) => [container.name, await findPublishedLayers(bases, repositories)] as const,
  )
  return new Map(found)
}

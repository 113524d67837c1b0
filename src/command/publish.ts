import type { Host } from '../host/host.js'
import { checkEncoding } from '../image/format/ordered-block-writer.js'
import { checkCanWriteArchive } from '../image/write-archive.js'
import type { PublishInputs } from '../input/input-table.js'
import type { Container } from '../nix/container.js'
import { mapLimit } from '../util/async.js'
import { buildSelected, type Selection } from './build/build.js'
import { openArchives } from './merge/group-by-container.js'
import { mergeImages } from './merge/merge.js'
import { decideBuilds, type PlanDecision } from './plan/skip-unchanged-containers.js'
import { resolveForOneJob } from './shared/attest-settings.js'
import type { BuiltImage } from './shared/build-report.js'
import { checkLogins } from './shared/check-logins.js'
import {
  checkDestinations,
  type DestinationSettings,
  imageTemplatesOf,
  ownerOf,
  resolveDestinations,
} from './shared/destinations.js'
import { readGitFacts } from './shared/git.js'
import { groupPlannedImages } from './shared/look-up-published-images.js'
import type { Merged } from './shared/merge-result.js'
import type { PlannedContainer } from './shared/plan-document.js'
import { IMAGES_AT_ONCE } from './shared/platform-image.js'
import { findPublishedLayers } from './shared/published-images.js'
import { checkAddresses, openPushClient } from './shared/registry-client.js'
import { formatNames } from './summary/result-lines.js'

/** Inputs that only the action has. */
type ActionInputs = 'release' | 'nixVersion' | 'nixUrl' | 'nixSha256' | 'persist' | 'cache' | 'cacheSize'

type PublishRequest = Omit<PublishInputs, 'json' | 'quiet' | 'verbose' | 'passwordStdin' | ActionInputs> &
  Partial<Pick<PublishInputs, ActionInputs>>

/**
 * The command `publish`: builds and merges on one machine. Containers whose images in the registry are unchanged are not built.
 * Layers that the registry has are not packed. Archives are only written if `output` is set.
 */
export async function publish(
  inputs: PublishRequest,
  host: Host,
): Promise<{ built: BuiltImage[]; merged: Merged[] }> {
  checkEncoding(inputs.compression, inputs.compressionLevel)
  const facts = await readGitFacts(inputs.flake, host)
  const { ref, tree } = facts
  const settings = resolveDestinations(inputs, host, ref)
  const pushClient = openPushClient(settings, inputs.pushTimeout, host)
  const { client } = pushClient
  const templates = imageTemplatesOf({ ...inputs, archive: undefined }, host)
  let decisions: readonly PlanDecision[] = []
  const select = async (found: readonly Container[]): Promise<Selection> => {
    const images = groupPlannedImages(found, { ref, version: inputs.version }, host)
    const { repositories, archives } = checkDestinations(images, settings, ownerOf(host))
    for (const archive of archives) await checkCanWriteArchive(archive)
    await checkLogins(repositories, settings.access, host)
    decisions = await decideBuilds(images, { inputs, templates, ref, host, client })
    return selectBuilds(found, decisions, { settings, inputs, host })
  }
  try {
    if (settings.image.length > 0) await checkAddresses(client, settings.registries, host)
    const signing = await resolveForOneJob(inputs, host, settings)
    const isAttested = signing !== undefined
    const results = await buildSelected({ inputs, folder: inputs.output, facts, host, isAttested }, select)
    const built = results.map(result => result.built)
    const files = results.flatMap(({ file }) => (file === undefined ? [] : [{ path: file }]))
    const images = results.flatMap(({ image }) => image ?? [])
    const packed = results.flatMap(result => result.packed ?? [])
    const containers = decisions.map(({ container }) => container)
    const plan = {
      format: 1,
      tree,
      ...(inputs.sbom && { sbom: true }),
      ...(inputs.attest !== 'false' && { attest: true }),
      containers,
    } as const
    const archives = await openArchives(files, { areNamed: true, signal: host.signal })
    // The plan says which systems each container has; a system without it was reported.
    const merged = await mergeImages(
      { archives, images, packed, plan, findFacts: async () => facts, settings, pushClient, signing },
      { ...inputs, systems: [] },
      host,
    )
    return { built, merged }
  } finally {
    client.close()
  }
}

interface SelectionContext {
  readonly settings: DestinationSettings
  readonly inputs: PublishRequest
  readonly host: Host
}

async function selectBuilds(
  found: readonly Container[],
  decisions: readonly PlanDecision[],
  { settings, inputs, host }: SelectionContext,
): Promise<Selection> {
  const unchanged = decisions.filter(({ container }) => !container.build)
  const names = new Set(unchanged.map(({ container }) => container.name))
  const containers = found.filter(({ name }) => !names.has(name))
  logUnchanged(
    unchanged.map(({ container }) => container),
    { host, isAll: containers.length === 0 },
  )
  // Archives must contain all layers.
  const hasArchives = settings.archive !== undefined || inputs.output !== undefined
  const canReuse = settings.image.length > 0 && !hasArchives
  const layers = canReuse ? await findLayersByContainer(decisions, settings.image.length) : new Map()
  return { containers, publishedLayersOf: name => layers.get(name) }
}

/** Logs one line. The reasons of several containers are too long for it. If nothing is built, the result says the same. */
function logUnchanged(
  containers: readonly PlannedContainer[],
  { host: { log, columns }, isAll }: { readonly host: Host; readonly isAll: boolean },
): void {
  const lines = containers.map(({ name, why }) => `${name}: ${why}`)
  if (lines.length < 2) {
    for (const line of lines) log.info(line)
    return
  }
  for (const line of lines) log.debug(line)
  if (isAll) return
  const names = containers.map(({ name }) => name)
  log.info(formatNames(`${names.length} containers unchanged, not built`, names, columns))
}

/** Finds the published layers of each container that is built. */
async function findLayersByContainer(decisions: readonly PlanDecision[], repositoryCount: number) {
  const changed = decisions.filter(({ container }) => container.build)
  const entries = await mapLimit(changed, IMAGES_AT_ONCE, async ({ container, publishedImages }) => {
    const layers = await findPublishedLayers(publishedImages, repositoryCount)
    return [container.name, layers] as const
  })
  return new Map(entries)
}

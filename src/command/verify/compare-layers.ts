import {
  checkEntryPoint,
  type EntryPointFinding,
  entryPointOf,
} from '../../image/programs/check-entry-point.js'
import { addMachines, type Machines } from '../../image/programs/layer-contents.js'
import { isChecked, type SkippedChecks } from '../../input/inputs-for-checks.js'
import { SYSTEM } from '../../oci/annotation-keys.js'
import type { Config } from '../../oci/config.js'
import type { Digest } from '../../oci/digest.js'
import { isSystem, platformOf } from '../../oci/platform.js'
import { pluralize } from '../../util/text.js'
import { runnableArchitectures } from '../shared/check-packed-image.js'
import { readRecipe } from '../shared/recipe.js'
import type { CheckedLayer, LayerFacts } from './check-layer.js'
import type { CheckedPlatform } from './check-platform.js'
import type { Finding } from './finding.js'

/** What was read from the layers of an image. */
export interface PlatformContent {
  readonly findings: readonly Finding[]
  readonly machines: Machines
  /** The store paths in the layers, without duplicates. `undefined` if not all layers could be read. */
  readonly storePaths: readonly string[] | undefined
  /** In bytes, uncompressed. */
  readonly contentSize: number
  /** What may be wrong with the start of the image, and what about it is not known. */
  readonly entryPoint: readonly EntryPointFinding[]
}

/** Compares the content of the layers with the config. */
export function compareLayers(
  image: CheckedPlatform,
  checked: ReadonlyMap<Digest, CheckedLayer>,
  skipChecks: SkippedChecks,
): PlatformContent {
  const { findings, manifest, layers, omitted } = image
  compareDiffIds(image, checked)
  const facts = layers.flatMap(({ digest }) => {
    const layer = checked.get(digest)
    return layer && 'facts' in layer ? [layer.facts] : []
  })
  const machines = addMachines(facts.map(({ contents }) => contents)) ?? new Map<string, number>()
  const isComplete = manifest !== undefined && omitted === undefined && facts.length === layers.length
  const name = readRecipe(image.descriptor.annotations)?.container ?? ''
  const entryPoint = isComplete && isChecked(name, skipChecks) ? checkPrograms(image, facts, machines) : []
  return {
    findings: findings.list,
    machines,
    storePaths: isComplete ? [...new Set(facts.flatMap(({ storePaths }) => storePaths))] : undefined,
    contentSize: facts.reduce((sum, { contentSize }) => sum + contentSize, 0),
    entryPoint,
  }
}

function compareDiffIds(
  { findings, manifest, config, layers }: CheckedPlatform,
  checked: ReadonlyMap<Digest, CheckedLayer>,
): void {
  const isRead = new Set(layers.map(({ digest }) => digest))
  for (const [n, { digest }] of (manifest?.layers ?? []).entries()) {
    const layer = isRead.has(digest) ? checked.get(digest) : undefined
    if (layer === undefined) continue
    const diffId = config?.diffIds[n]
    if ('problem' in layer) findings.add(`layer ${n + 1} is damaged: ${layer.problem}`, digest)
    else if (diffId !== undefined && layer.facts.diffId !== diffId)
      findings.add(
        `layer ${n + 1} has the diff_id ${layer.facts.diffId}, but the config says ${diffId}`,
        digest,
      )
  }
}

/** As when an image is packed. Returns what is not certain. */
function checkPrograms(
  image: CheckedPlatform,
  layers: readonly LayerFacts[],
  machines: Machines,
): EntryPointFinding[] {
  const { config, configBytes, findings } = image
  if (config === undefined || configBytes === undefined) return []
  const architecture = architectureOf(image, config)
  const others = describeOtherMachines(config, machines, architecture)
  if (others !== undefined) {
    findings.add(others)
    return []
  }
  const { os } = image.descriptor.platform ?? config.platform
  if (os !== 'linux') return [{ kind: 'unknown', text: `programs for ${os} are not read` }]
  const contents = layers.map(each => each.contents)
  const found = checkEntryPoint(contents, entryPointOf(configBytes), architecture)
  for (const { kind, text } of found) if (kind === 'error') findings.add(`it cannot start: ${text}`)
  return found.filter(({ kind }) => kind !== 'error')
}

function architectureOf({ descriptor }: CheckedPlatform, config: Config): string {
  const system = descriptor.annotations?.[SYSTEM]
  const stated = descriptor.platform ?? config.platform
  return (system !== undefined && isSystem(system) ? platformOf(system) : stated).architecture
}

/** An image that runs a program must contain programs for its platform. */
function describeOtherMachines(config: Config, machines: Machines, architecture: string): string | undefined {
  const runsProgram = config.entrypoint.length + config.cmd.length > 0
  const runnable = runnableArchitectures(architecture)
  if (!runsProgram || machines.size === 0 || runnable.some(each => machines.has(each))) return undefined
  const found = [...machines].map(([machine, count]) => `${pluralize(count, 'program')} for ${machine}`)
  return `it contains ${found.join(', ')} and none for ${architecture}`
}

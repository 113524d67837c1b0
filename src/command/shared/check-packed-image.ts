import type { Log } from '../../host/host.js'
import {
  checkEntryPoint,
  type EntryPointFinding,
  entryPointOf,
} from '../../image/programs/check-entry-point.js'
import { addMachines } from '../../image/programs/layer-contents.js'
import type { PackedImage } from '../../image/read-image.js'
import { isChecked, type SkippedChecks } from '../../input/inputs-for-checks.js'
import { type Config, parseConfig } from '../../oci/config.js'
import {
  formatPlatform,
  type Platform,
  platformOf,
  resolvePlatform,
  type System,
} from '../../oci/platform.js'
import { UserError } from '../../util/error.js'
import { nameInput } from '../../util/input-name.js'
import { limitList, pluralize } from '../../util/text.js'

/** What a message calls an image. */
interface ImageLabel {
  /** `hello for x86_64-linux`, or the path of the image. */
  readonly label: string
  /** What to correct: the attribute of the flake, or the path of the image. */
  readonly place: string
  readonly system: System
  /** Of the container. */
  readonly name: string
  readonly skipChecks: SkippedChecks
}

/**
 * Checks a packed image, and returns its platform. Throws a `UserError` if it is for another platform than its system's, or
 * cannot start. Warns about an image with more layers than Docker can start.
 */
export function checkPackedImage(
  packed: PackedImage,
  image: ImageLabel,
  log: Pick<Log, 'info' | 'warning'>,
): Platform {
  const config = parseConfig(packed.config)
  const platform = resolvePlatform(image.system, config.platform)
  if (platform === undefined) throw createPlatformError(image, formatPlatform(config.platform))
  if (isChecked(image.name, image.skipChecks)) {
    checkMachines(image, config, packed)
    checkStart(image, packed, log)
  }
  warnOfManyLayers(image, packed, log)
  return platform
}

/**
 * Throws a `UserError` if the image runs a program, but none of its programs is for its platform: the config can claim any
 * platform. Nothing is checked if the layers were not read.
 */
function checkMachines(
  { label, place, system }: ImageLabel,
  config: Config,
  { contents }: Pick<PackedImage, 'contents'>,
): void {
  const { architecture } = platformOf(system)
  const runnable = runnableArchitectures(architecture)
  const machines = addMachines(contents) ?? new Map<string, number>()
  const runsProgram = config.entrypoint.length + config.cmd.length > 0
  if (!runsProgram || machines.size === 0 || runnable.some(each => machines.has(each))) return
  const found = [...machines]
    .map(([machine, count]) => `${pluralize(count, 'program')} for ${machine}`)
    .join(', ')
  throw new UserError(`${label} is for ${architecture}, but contains ${found} and none for ${architecture}`, {
    hint: `Check ${place}: its contents are from the package set of another system.`,
  })
}

/** The architectures whose programs a machine of this architecture runs. */
export function runnableArchitectures(architecture: string): readonly string[] {
  return architecture === 'amd64' ? ['amd64', '386'] : [architecture]
}

/** Throws a `UserError` if the image cannot start (`checkEntryPoint`). */
function checkStart(
  { label, name, place, system }: ImageLabel,
  { config, contents }: PackedImage,
  log: Pick<Log, 'info' | 'warning'>,
): void {
  const findings = checkEntryPoint(contents, entryPointOf(config), platformOf(system).architecture)
  const textsOf = (kind: EntryPointFinding['kind']): string[] =>
    findings.filter(each => each.kind === kind).map(({ text }) => text)
  for (const text of textsOf('warning')) log.warning(`${label}: ${text}`)
  const unknown = textsOf('unknown')
  if (unknown.length > 0) log.info(`${label}: not checked: ${limitList(unknown)}`)
  const errors = textsOf('error')
  if (errors.length === 0) return
  throw new UserError(`${label} cannot start: ${limitList(errors)}`, {
    hint:
      `Add what is missing to the contents of ${place}, or correct its \`config\`. ` +
      `If the image can start, add ${name} to ${nameInput('skip-checks')}.`,
  })
}

function createPlatformError({ label, place, system }: ImageLabel, configPlatform: string): UserError {
  const expected = formatPlatform(platformOf(system))
  return new UserError(`${label} should be for ${expected}, but its image config says ${configPlatform}`, {
    hint: `Check ${place}: it was built for another system, or its \`architecture\` argument is wrong.`,
  })
}

/** The overlay file system of Linux takes 128 folders: the layers, and one for the container's own changes. */
const MAX_OVERLAY_LAYERS = 127

/** The default of dockerTools. */
const SUGGESTED_LAYERS = 100

function warnOfManyLayers(
  { label, place }: ImageLabel,
  { layers }: PackedImage,
  log: Pick<Log, 'warning'>,
): void {
  if (layers.length <= MAX_OVERLAY_LAYERS) return
  log.warning(
    `${label} has ${layers.length} layers, but Docker and other runtimes that use overlayfs start only ` +
      `images of up to ${MAX_OVERLAY_LAYERS}. Set \`maxLayers\` in ${place} to ${SUGGESTED_LAYERS}`,
  )
}

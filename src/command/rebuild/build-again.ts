import type { Host } from '../../host/host.js'
import { BUILD_INPUTS, type VerifyInputs } from '../../input/input-table.js'
import { readInputs } from '../../input/read-inputs.js'
import { parseAttributeTemplate } from '../../nix/attribute-template.js'
import type { Container } from '../../nix/container.js'
import { type Nix, openNix } from '../../nix/nix.js'
import { lastErrorOf } from '../../nix/parse-log-lines.js'
import { DERIVATION, SOURCE, SYSTEM, TITLE } from '../../oci/annotation-keys.js'
import { isSystem, type System } from '../../oci/platform.js'
import { UserError } from '../../util/error.js'
import { nameInput } from '../../util/input-name.js'
import { asCount, asObject, parseJson } from '../../util/json.js'
import { type BuildRequest, buildSelected } from '../build/build.js'
import { nixContextOf } from '../setup/nix-context.js'
import type { ImageOrigin } from '../shared/build-report.js'
import type { PlatformImage } from '../shared/platform-image.js'
import { type Recipe, readRecipe } from '../shared/recipe.js'
import type { CheckedPlatform } from '../verify/check-platform.js'
import type { RebuildSource } from './find-source.js'

/** An image of a platform that was built again. */
export interface BuiltAgain {
  readonly published: CheckedPlatform
  readonly image: PlatformImage
  readonly how: ImageOrigin
}

interface BuildAgainResult {
  readonly images: readonly BuiltAgain[]
  /** The date of the commit. */
  readonly commitDate: Date
  readonly nix: Nix
}

/** What an image says about how it was built. */
interface PlannedBuild {
  readonly published: CheckedPlatform
  readonly system: System
  readonly derivation: string | undefined
  readonly recipe: Recipe | undefined
}

/**
 * Builds the images of a commit again, for the platforms of a published image. Nothing that is published is used, and nothing is
 * pushed, cached or reported. Throws a `UserError` if the source cannot be fetched or does not build.
 */
export async function buildAgain(
  platforms: readonly CheckedPlatform[],
  { flake }: RebuildSource,
  inputs: VerifyInputs,
  host: Host,
): Promise<BuildAgainResult> {
  const planned = platforms.map(planBuild)
  const quiet: Host = {
    ...host,
    isFlakeUntrusted: inputs.flake === undefined,
    artifacts: undefined,
    cache: undefined,
    addSummary: () => {},
    setOutput: () => {},
  }
  const request = createRequest(planned, flake, inputs, host)
  const facts = {
    ref: { kind: 'no-commit' },
    tree: { kind: 'remote' },
    isEventCommit: true,
    report: () => {},
  } as const
  const openRebuildNix = () => openNix(nixContextOf(quiet))
  try {
    const built = await buildSelected(
      { inputs: request, folder: undefined, facts, host: quiet, savesBuilds: false },
      async found => ({
        containers: planned.map(each => chooseContainer(each, found)),
        publishedLayersOf: () => undefined,
      }),
    )
    const nix = await openRebuildNix()
    const images = planned.flatMap(({ published, system }): BuiltAgain[] => {
      const result = built.find(each => each.image?.system === system)
      if (result?.image === undefined) return []
      const { [SOURCE]: _, ...annotations } = result.image.annotations
      // A job adds the address of its own repository. The image may be of another one.
      return [{ published, image: { ...result.image, annotations }, how: result.built.how }]
    })
    return { images, commitDate: await readCommitDate(nix, flake, host), nix }
  } catch (error) {
    if (!(error instanceof UserError) || host.signal.aborted) throw error
    // If the source cannot be fetched, that is the reason, whatever Nix says about the evaluation.
    await readCommitDate(await openRebuildNix(), flake, host)
    throw error
  }
}

function planBuild(published: CheckedPlatform): PlannedBuild {
  const annotations = published.descriptor.annotations ?? {}
  const { [SYSTEM]: system = '', [DERIVATION]: derivation } = annotations
  if (!isSystem(system)) {
    throw new UserError(
      `The image for ${published.platform} does not record its system, so it cannot be rebuilt`,
      {
        hint: `Only images of this program can be rebuilt. To check the others only, leave out ${nameInput('rebuild')}.`,
      },
    )
  }
  return { published, system, derivation, recipe: readRecipe(annotations) }
}

/** The request of `build` with the values that the recipes record. */
function createRequest(
  planned: readonly PlannedBuild[],
  flake: string,
  inputs: VerifyInputs,
  host: Host,
): BuildRequest {
  const recipes = planned.flatMap(({ recipe }) => recipe ?? [])
  const [recipe] = recipes
  const attributes = planned.flatMap(({ system, recipe: own }) => (own ? [`${system}=${own.attribute}`] : []))
  const isRecorded = recipes.length === planned.length
  const defaults = readInputs(BUILD_INPUTS, () => undefined, host)
  const { image: _, platform: __, rebuild: ___, strict: ____, ...others } = inputs
  return {
    ...defaults,
    ...others,
    flake,
    systems: planned.map(({ system }) => system),
    ...(isRecorded && { attribute: parseAttributeTemplate(attributes.join('\n')) }),
    compression: recipe?.compression ?? 'gzip',
    compressionLevel: recipe?.level,
    cache: false,
    // They are checked in the published image.
    skipChecks: ['all'],
  }
}

/** The container of a platform: the one with the recorded attribute, otherwise with the same derivation or title. */
function chooseContainer(
  { system, derivation, recipe, published }: PlannedBuild,
  found: readonly Container[],
): Container {
  const own = found.filter(each => each.system === system)
  const title = published.manifest?.annotations?.[TITLE]
  const container =
    own.find(each => each.attribute === recipe?.attribute) ??
    own.find(each => each.derivation === derivation) ??
    own.find(each => each.name === title || each.imageName?.split('/').at(-1) === title)
  if (container !== undefined) return container
  throw new UserError(`The flake has no container that the image for ${published.platform} can be from`, {
    hint: `It has ${own.map(({ name }) => name).join(', ') || 'none'} for ${system}, and the image has the title ${title}.`,
  })
}

/** Fetches the source and returns the date of its commit. Throws a `UserError` if it cannot be fetched. */
async function readCommitDate(nix: Nix, flake: string, { signal }: Host): Promise<Date> {
  const result = await nix.run(['flake', 'metadata', '--json', flake], { signal })
  if (result.code !== 0) {
    throw new UserError(`The source of the image cannot be fetched from ${flake}:\n${lastErrorOf(result)}`, {
      hint:
        'If the repository is private, give Git credentials for it, or clone it and set ' +
        `${nameInput('flake')} to that folder. The commit must have been pushed.`,
    })
  }
  const metadata = asObject(parseJson(result.stdout, "Nix's answer"), "Nix's answer")
  return new Date(asCount(metadata.lastModified, 'lastModified') * 1000)
}

import type { PlanInputs } from '../../input/input-table.js'
import { renameKeys } from '../../oci/annotation-keys.js'
import type { Annotations } from '../../oci/descriptor.js'
import { type Digest, isDigest, parseDigest } from '../../oci/digest.js'
import { isSystem, type System } from '../../oci/platform.js'
import { isImageName } from '../../oci/reference.js'
import { UserError } from '../../util/error.js'
import { isFileName, shortHashOf } from '../../util/files.js'
import { nameInput } from '../../util/input-name.js'
import { asArray, asObject, asOptionalString, asString, asStringMap, parseJson } from '../../util/json.js'
import { parseWorkTree, type WorkTree } from './work-tree.js'

/** The result of `plan`, which the merge job reads. */
export interface PlanDocument {
  readonly format: 1
  /** What the plan found in the work tree of the flake. Missing in plans of older versions. */
  readonly tree?: WorkTree
  /** A container whose published index has no SBOM is built. */
  readonly sbom?: boolean
  /** A container whose published index has no attestations is built. */
  readonly attest?: boolean
  readonly containers: readonly PlannedContainer[]
}

export interface PlannedContainer {
  readonly name: string
  /** The name of the image; `{image}` in templates. */
  readonly imageName: string
  /** Build the container. If false, its image is already in the registry and only its tags are updated. */
  readonly build: boolean
  /** The reason for `build`, for the summary. */
  readonly why: string
  readonly version?: string
  readonly systems: readonly PlannedSystem[]
  /** The index of an unchanged container in the registry: `ghcr.io/owner/fd@sha256:…`. */
  readonly standing?: { readonly image: string; readonly digest: Digest }
}

export interface PlannedSystem {
  readonly system: System
  /** Missing if only the build job can evaluate the container. */
  readonly derivation?: string
  /** The annotations that an archive of this container gets (`createArchiveAnnotations`). */
  readonly facts: Readonly<Record<string, string>>
}

/** The inputs that identify a plan. */
type PlanKeyInputs = Pick<PlanInputs, 'flake' | 'attribute' | 'containers' | 'systems' | 'image'>

/**
 * Returns the name of the plan file, which is also the name of its artifact. Plans for different flakes in one workflow run have
 * different names. A plan with the same inputs has the same name, so a re-run overwrites it.
 */
export function planFileNameOf({ flake, attribute, containers, systems, image }: PlanKeyInputs): string {
  const key = JSON.stringify([flake, attribute.text, containers, systems, image])
  return `nix-multiarch-plan-${shortHashOf(key, 10)}.json`
}

/** A plan that is an artifact: its name, and the digest of its content. */
interface PlanReference {
  readonly name: string
  readonly digest?: Digest
}

/** Formats the output `plan`: `nix-multiarch-plan-0123456789.json@sha256:…`. */
export function formatPlanReference(name: string, digest: Digest): string {
  return `${name}@${digest}`
}

/** Parses the output of `formatPlanReference`, or a name without a digest. */
export function parsePlanReference(text: string): PlanReference {
  const [, name, digest] = /^(.+)@(sha256:.+)$/.exec(text) ?? []
  return name !== undefined && isDigest(digest) ? { name, digest } : { name: text }
}

export function isPlanFile(name: string): boolean {
  return /^nix-multiarch-plan-[0-9a-f]{10}\.json$/.test(name)
}

export function encodePlan(document: PlanDocument): string {
  return `${JSON.stringify(document, undefined, 1)}\n`
}

/** Parses the output of `encodePlan`. Throws a `UserError` that names the file if the text is not a plan. */
export function parsePlan(text: string | Buffer, file: string): PlanDocument {
  let isPlanLike = false
  try {
    const plan = asObject(parseJson(text, 'it'), 'it')
    if (plan.format === undefined) throw new Error('it has no format')
    isPlanLike = true
    if (plan.format !== 1) throw new Error(`its format is ${JSON.stringify(plan.format)}, not 1`)
    const containers = asArray(plan.containers, 'containers').map((each, n) =>
      parseContainer(each, `containers[${n}]`),
    )
    const tree = plan.tree === undefined ? undefined : parseWorkTree(JSON.stringify(plan.tree))
    return {
      format: 1,
      ...(tree && { tree }),
      ...(plan.sbom === true && { sbom: true }),
      ...(plan.attest === true && { attest: true }),
      containers,
    }
  } catch (error) {
    throw new UserError(`${file} is not a plan: ${(error as Error).message}`, {
      hint: isPlanLike
        ? 'Use the same version of nix-multiarch for the plan and the merge, and do not edit the plan file.'
        : `A plan is the file that \`nix-multiarch plan\` writes with ${nameInput('plan')}, not its output.`,
      cause: error,
    })
  }
}

function parseContainer(value: unknown, path: string): PlannedContainer {
  const container = asObject(value, path)
  const version = asOptionalString(container.version, `${path}.version`)
  const name = asString(container.name, `${path}.name`)
  const imageName = asString(container.imageName, `${path}.imageName`)
  // Both names become part of paths.
  if (!isFileName(name)) throw new Error(`${path}.name is ${JSON.stringify(name)}`)
  if (imageName !== name && !isImageName(imageName))
    throw new Error(`${path}.imageName is ${JSON.stringify(imageName)}`)
  const standing =
    container.standing === undefined ? undefined : asObject(container.standing, `${path}.standing`)
  return {
    name,
    imageName,
    build: container.build === true,
    why: asString(container.why, `${path}.why`),
    systems: asArray(container.systems, `${path}.systems`).map((each, n) =>
      parsePlannedSystem(each, `${path}.systems[${n}]`),
    ),
    ...(version !== undefined && { version }),
    ...(standing && {
      standing: {
        image: asString(standing.image, `${path}.standing.image`),
        digest: parseDigest(standing.digest),
      },
    }),
  }
}

function parsePlannedSystem(value: unknown, path: string): PlannedSystem {
  const planned = asObject(value, path)
  const facts: Annotations = renameKeys(asStringMap(planned.facts, `${path}.facts`) ?? {})
  const derivation = asOptionalString(planned.derivation, `${path}.derivation`)
  return {
    system: parseSystem(asString(planned.system, `${path}.system`)),
    ...(derivation !== undefined && { derivation }),
    facts,
  }
}

function parseSystem(text: string): System {
  if (isSystem(text)) return text
  throw new Error(`${JSON.stringify(text)} is not a system`)
}

import type { PlanInputs } from '../../input/inputs.js'
import { renameKeys } from '../../oci/annotations.js'
import type { Annotations } from '../../oci/descriptor.js'
import { type Digest, parseDigest } from '../../oci/digest.js'
import { isSystem, type System } from '../../oci/platform.js'
import { UserError } from '../../util/error.js'
import { shortHashOf } from '../../util/files.js'
import { asArray, asObject, asOptionalString, asString, asStringMap, parseJson } from '../../util/json.js'

/** What the plan found, handed from the job that plans to the one that merges. */
export interface PlanDocument {
  readonly format: 1
  readonly containers: readonly PlannedContainer[]
}

export interface PlannedContainer {
  readonly name: string
  /** The image's own name; `{image}` in templates. */
  readonly imageName: string
  /** Whether jobs build it; else its image is in the registry already, and only its tags are brought up to date. */
  readonly build: boolean
  /** In words, for a person. */
  readonly why: string
  readonly version?: string
  readonly systems: readonly PlannedSystem[]
  /** Where an unchanged container's image is: `ghcr.io/owner/fd@sha256:…`. */
  readonly standing?: { readonly image: string; readonly digest: Digest }
}

export interface PlannedSystem {
  readonly system: System
  readonly derivation: string
  /** What archives of this container say of themselves: annotations, as `archiveAnnotations` gives them. */
  readonly facts: Readonly<Record<string, string>>
}

/** What a plan is about. */
type About = Pick<PlanInputs, 'flake' | 'attribute' | 'containers' | 'systems' | 'image'>

/**
 * What a plan is called as a file, and so as an artifact. Two plans of one workflow run, for two flakes, have two names; one that
 * is made again has the same.
 */
export function planFileName({ flake, attribute, containers, systems, image }: About): string {
  const about = JSON.stringify([flake, attribute.text, containers, systems, image])
  return `nix-multiarch-plan-${shortHashOf(about, 10)}.json`
}

export function isPlanFile(name: string): boolean {
  return /^nix-multiarch-plan-[0-9a-f]{10}\.json$/.test(name)
}

export function encodePlan(document: PlanDocument): string {
  return `${JSON.stringify(document, undefined, 1)}\n`
}

/** Reads what `encodePlan` wrote. Throws a `UserError` that names the file when it is something else. */
export function parsePlan(text: string | Buffer, file: string): PlanDocument {
  try {
    const it = asObject(parseJson(text, 'it'), 'it')
    if (it.format !== 1) throw new Error(`its format is ${JSON.stringify(it.format)}, not 1`)
    const containers = asArray(it.containers, 'containers').map((each, n) =>
      parseContainer(each, `containers[${n}]`),
    )
    return { format: 1, containers }
  } catch (error) {
    throw new UserError(`${file} is no plan: ${(error as Error).message}`, {
      hint: 'Let the plan and the merge be of one version, and give the merge the file as the plan wrote it.',
      cause: error,
    })
  }
}

function parseContainer(value: unknown, what: string): PlannedContainer {
  const it = asObject(value, what)
  const version = asOptionalString(it.version, `${what}.version`)
  const standing = it.standing === undefined ? undefined : asObject(it.standing, `${what}.standing`)
  return {
    name: asString(it.name, `${what}.name`),
    imageName: asString(it.imageName, `${what}.imageName`),
    build: it.build === true,
    why: asString(it.why, `${what}.why`),
    systems: asArray(it.systems, `${what}.systems`).map((each, n) =>
      parseSystem(each, `${what}.systems[${n}]`),
    ),
    ...(version !== undefined && { version }),
    ...(standing && {
      standing: {
        image: asString(standing.image, `${what}.standing.image`),
        digest: parseDigest(standing.digest),
      },
    }),
  }
}

function parseSystem(value: unknown, what: string): PlannedSystem {
  const it = asObject(value, what)
  const facts: Annotations = renameKeys(asStringMap(it.facts, `${what}.facts`) ?? {})
  return {
    system: knownSystem(asString(it.system, `${what}.system`)),
    derivation: asString(it.derivation, `${what}.derivation`),
    facts,
  }
}

function knownSystem(text: string): System {
  if (isSystem(text)) return text
  throw new Error(`${JSON.stringify(text)} is no system`)
}

import { type System, withoutPlatformSuffix } from '../oci/platform.js'
import { asObject, asOptionalString, asString, type JsonObject } from '../util/json.js'

/** A container image that a flake defines for one system. */
export interface Container {
  /** The name of its attribute, `hello`. Users select containers by this name. */
  readonly name: string
  readonly system: System
  /** The full attribute in the flake, `packages.x86_64-linux.hello`. */
  readonly attribute: string
  /** The system of the machine that builds it. Differs from `system` if the image is cross-compiled. */
  readonly builder: string
  /** The store path of its derivation, `/nix/store/….drv`. Empty if the container is `deferred`. */
  readonly derivation: string
  /** True if only a machine of the system `builder` can evaluate it. Plans contain such containers, builds do not. */
  readonly deferred?: true
  /** The output of the derivation that is the image, usually `out`. */
  readonly output: string
  /** True if the output is a program that writes the image to standard output, and not the image itself. */
  readonly streamed: boolean
  /** True if the image is downloaded from a registry by `dockerTools.pullImage`. */
  readonly pulled?: true
  /** Another derivation whose output is a program that streams the same image. */
  readonly stream?: Pick<Container, 'derivation' | 'output'>
  /** The derivation of the description of the stream, from which the image can be made without the program. */
  readonly conf?: Pick<Container, 'derivation' | 'output'>
  /** What the values of the flake say about packages, also of other containers of the system. The input of `readPackages`. */
  readonly packages?: readonly unknown[]
  readonly imageName?: string
  /** The name of the image in the flake, if it ends in the platform. `imageName` is without that end. */
  readonly nameWithPlatform?: string
  readonly imageTag?: string
  readonly version?: string
  /** True if the version or the tag is set, but empty. */
  readonly hasEmptyVersion?: true
  readonly description?: string
  /** An SPDX license expression. */
  readonly licenses?: string
  /** A URL. */
  readonly homepage?: string
  /** A URL. */
  readonly documentation?: string
}

/** Returns how messages name a container: `hello for x86_64-linux`. */
export function formatContainer({ name, system }: { name: string; system: string }): string {
  return `${name} for ${system}`
}

const METADATA_FIELDS = [
  'imageName',
  'imageTag',
  'version',
  'description',
  'licenses',
  'homepage',
  'documentation',
] as const

/** Parses one container of a `FlakeAnswer`. Throws an `Error` if its shape is wrong. */
export function parseContainer(value: unknown, location: Pick<Container, 'system' | 'attribute'>): Container {
  const json = asObject(value, 'a container')
  const metadata = METADATA_FIELDS.map(field => [field, asOptionalString(json[field], field)] as const)
  const texts = Object.fromEntries(metadata.filter(([, text]) => text))
  const { imageName } = texts
  return {
    name: asString(json.name, 'name'),
    ...location,
    builder: asString(json.builder, 'builder'),
    ...parseDerivation(json),
    streamed: json.streamed === true,
    ...([json.imageTag, json.version].includes('') && { hasEmptyVersion: true }),
    ...(json.pulled === true && { pulled: true }),
    ...(json.stream ? { stream: parseDerivation(asObject(json.stream, 'stream')) } : {}),
    ...(json.conf ? { conf: parseDerivation(asObject(json.conf, 'conf')) } : {}),
    ...removePlatformSuffixes(texts, location.system),
    ...(imageName &&
      withoutPlatformSuffix(imageName, location.system) !== imageName && { nameWithPlatform: imageName }),
  }
}

const FIELDS_WITHOUT_PLATFORM: readonly string[] = [
  'imageName',
  'imageTag',
  'version',
] satisfies (keyof Container)[]

/** One index joins the images of all systems, so its name and version do not say a system: `1.0.0-amd64` becomes `1.0.0`. */
function removePlatformSuffixes<T extends Readonly<Record<string, unknown>>>(metadata: T, system: System): T {
  const entries = Object.entries(metadata).map(([field, text]) => [
    field,
    typeof text === 'string' && FIELDS_WITHOUT_PLATFORM.includes(field)
      ? withoutPlatformSuffix(text, system)
      : text,
  ])
  return Object.fromEntries(entries)
}

function parseDerivation(json: JsonObject): Pick<Container, 'derivation' | 'output'> {
  return {
    derivation: asString(json.derivation, 'derivation'),
    output: asString(json.output, 'output'),
  }
}

/**
 * Returns each way to get the image of a container, as a container with the derivation to build; the preferred one first.
 *
 * - The description of a stream is preferred, because no code of the flake runs after its build.
 * - A stream is preferred to the image, which is compressed by its build and then decompressed again. A machine can use a stream
 *   only if it can run programs of the container's `builder` system.
 */
export function variantsOf(container: Container): [Container, ...Container[]] {
  const { stream, conf } = container
  const variants = [
    ...(conf === undefined ? [] : [{ ...container, ...conf, streamed: false }]),
    ...(stream === undefined ? [] : [{ ...container, ...stream, streamed: true }]),
  ]
  const [first = container, ...others] = [...variants, container]
  return [first, ...others]
}

/** Returns true if the variant is the description of a stream. */
export function isDescription({ derivation, conf }: Container): boolean {
  return derivation === conf?.derivation
}

/** What Nix has to do for the output of a derivation, from the least to the most work. */
const NEEDS = ['nothing', 'download', 'build'] as const
export type Need = (typeof NEEDS)[number]

/** Returns the variant for which Nix has least to do, and of several the preferred one. So a cached image is not built again. */
export function chooseVariant(
  variants: readonly [Container, ...Container[]],
  needOf: (variant: Container) => Need,
): Container {
  const workOf = (variant: Container): number => NEEDS.indexOf(needOf(variant))
  return variants.reduce((best, other) => (workOf(other) < workOf(best) ? other : best))
}

/** Returns each derivation that a build of the container may use: of the image, of its stream, and of the description. */
export function derivationsOf(container: Container): string[] {
  return variantsOf(container).map(({ derivation }) => derivation)
}

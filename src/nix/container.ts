import type { System } from '../oci/platform.js'
import { asObject, asOptionalString, asString, type JsonObject } from '../util/json.js'

/** An image that a flake describes for one system. */
export interface Container {
  /** What the user calls it: the attribute's name, `hello`. */
  readonly name: string
  readonly system: System
  /** Where the flake has it: `packages.x86_64-linux.hello`. */
  readonly attribute: string
  /** The system whose programs build it: its own as a rule, another when it is cross-compiled. */
  readonly builder: string
  /** The store path of the derivation that is built for it, `/nix/store/….drv`. */
  readonly derivation: string
  /** Which of the derivation's outputs is the image: nearly always `out`. */
  readonly output: string
  /** What is built is a program that writes the image to standard output, not the image. */
  readonly streamed: boolean
  /** Another derivation that gives the same image, streamed. */
  readonly stream?: Pick<Container, 'derivation' | 'output'>
  readonly imageName?: string
  readonly imageTag?: string
  readonly version?: string
  readonly description?: string
  /** An SPDX licence expression. */
  readonly licenses?: string
  readonly homepage?: string
  /** The address of a page. */
  readonly documentation?: string
}

const ABOUT = [
  'imageName',
  'imageTag',
  'version',
  'description',
  'licenses',
  'homepage',
  'documentation',
] as const

/** Reads one container as the evaluation in `evaluation.ts` gives it. Throws an `Error` when it has another shape. */
export function parseContainer(value: unknown, location: Pick<Container, 'system' | 'attribute'>): Container {
  const it = asObject(value, 'a container')
  const about = ABOUT.map(key => [key, asOptionalString(it[key], key)] as const)
  return {
    name: asString(it.name, 'name'),
    ...location,
    builder: asString(it.builder, 'builder'),
    ...parseBuilt(it),
    streamed: it.streamed === true,
    ...(it.stream ? { stream: parseBuilt(asObject(it.stream, 'stream')) } : {}),
    ...Object.fromEntries(about.filter(([, text]) => text)),
  }
}

function parseBuilt(it: JsonObject): Pick<Container, 'derivation' | 'output'> {
  return { derivation: asString(it.derivation, 'derivation'), output: asString(it.output, 'output') }
}

/**
 * The container built as a stream, where it offers one: that saves compressing an image only to decompress it again.
 * For machines that can run the builder's programs.
 */
export function chooseStream(container: Container): Container {
  return container.stream === undefined ? container : { ...container, ...container.stream, streamed: true }
}

/** What may be built for a container: the image, and its stream where there is one. */
export function derivationsOf({ derivation, stream }: Container): string[] {
  return stream === undefined ? [derivation] : [derivation, stream.derivation]
}

import type { Image } from '../../oci/image.js'
import { UserError } from '../../util/error.js'

/** What can run a command in an image. */
export type EngineName = 'docker' | 'podman' | 'namespaces'

/** The input `test-engine`. */
export type EngineChoice = 'auto' | EngineName

/** An image whose layers can be read, from this machine or from a registry. */
export interface TestedImage {
  /** `hello for linux/arm64` */
  readonly label: string
  readonly image: Image
}

/** How each command runs. */
export interface TestLimits {
  readonly network: boolean
  /** In milliseconds. */
  readonly timeout: number
  readonly signal: AbortSignal
}

/** The command was started, and has ended. */
export interface CommandResult {
  /** 128 and the number of a signal if a signal ended it. 127 if it does not exist, 126 if it cannot be executed. */
  readonly code: number
  /** The end of both outputs. */
  readonly output: string
  readonly timedOut: boolean
}

/** An image that an engine has loaded. Each command starts with the files of the image. */
export interface LoadedImage {
  run(command: readonly string[], limits: TestLimits): Promise<CommandResult>
  /** Never throws. */
  remove(): Promise<void>
}

export interface TestEngine {
  readonly name: EngineName
  /** Throws an `EngineFailure` if the engine does not work. */
  load(image: TestedImage, signal: AbortSignal): Promise<LoadedImage>
}

/** The engine could not do its part, so nothing is known about the image. */
export class EngineFailure extends UserError {
  override readonly name = 'EngineFailure'
}

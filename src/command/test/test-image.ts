import type { Host } from '../../host/host.js'
import { UserError } from '../../util/error.js'
import type { EngineQueue } from './choose-engine.js'
import { describeFailedCommand, formatCommand, lastLinesOf } from './describe-test-failure.js'
import {
  EngineFailure,
  type EngineName,
  type LoadedImage,
  type TestedImage,
  type TestLimits,
} from './test-engine.js'

/** A command that succeeded. */
export interface PassedTest {
  readonly command: readonly string[]
  readonly engine: EngineName
  /** In milliseconds. */
  readonly duration: number
  /** The last lines of both outputs. */
  readonly output: readonly string[]
}

export interface TestContext {
  readonly engines: EngineQueue
  readonly limits: TestLimits
  readonly log: Host['log']
}

/**
 * Runs commands in an image, one after the other. Each one starts with the files of the image. All of them run, also if one
 * fails. Throws a `UserError` that lists the failures.
 */
export async function testImage(
  image: TestedImage,
  commands: readonly (readonly string[])[],
  context: TestContext,
): Promise<PassedTest[]> {
  const { engines, limits, log } = context
  const { engine, loaded } = await engines.load(image, limits.signal)
  let failure: EngineFailure
  try {
    return await runCommands({ image, engine, loaded }, commands, context)
  } catch (error) {
    if (!(error instanceof EngineFailure)) throw error
    failure = error
  } finally {
    await loaded.remove()
  }
  if (!(await engines.leaveOut(engine, failure))) throw failure
  log.info(`${failure.message}; trying another way to run the tests`)
  return testImage(image, commands, context)
}

interface RunningImage {
  readonly image: TestedImage
  readonly engine: EngineName
  readonly loaded: LoadedImage
}

async function runCommands(
  { image, engine, loaded }: RunningImage,
  commands: readonly (readonly string[])[],
  { limits, log }: TestContext,
): Promise<PassedTest[]> {
  const passed: PassedTest[] = []
  const failed: string[] = []
  for (const command of commands) {
    const began = Date.now()
    const result = await loaded.run(command, limits)
    const failure = describeFailedCommand(command, result, limits.timeout)
    log.debug(`${image.label}: ${formatCommand(command)}\n${result.output}`)
    const [duration, output] = [Date.now() - began, lastLinesOf(result.output)]
    if (failure === undefined) passed.push({ command, engine, duration, output })
    else failed.push(failure)
  }
  if (failed.length === 0) return passed
  const how = formatEngine(engine)
  const text = failed.length === 1 ? failed[0] : failed.map(each => `\n- ${each}`).join('')
  throw new UserError(`${image.label} fails its test (${how}): ${text}`)
}

/** `hello for linux/arm64: tested with podman: hello --version` */
export function formatPassed({ label }: TestedImage, passed: readonly PassedTest[]): string {
  const engines = [...new Set(passed.map(({ engine }) => formatEngine(engine)))].join(', ')
  const commands = passed.map(({ command }) => formatCommand(command)).join('; ')
  return `${label}: tested ${engines}: ${commands}`
}

/** `with podman`, `in namespaces`. */
export function formatEngine(engine: EngineName): string {
  return engine === 'namespaces' ? 'in namespaces' : `with ${engine}`
}

import type { Host } from '../../host/host.js'
import type { BuildInputs } from '../../input/input-table.js'
import type { Container } from '../../nix/container.js'
import type { Image } from '../../oci/image.js'
import { formatPlatform, platformOf, type System } from '../../oci/platform.js'
import { UserError } from '../../util/error.js'
import { nameInput } from '../../util/input-name.js'
import { prepareToRun } from '../emulation/emulation.js'
import { createEngineQueue, openEngine } from './choose-engine.js'
import { selectCommands } from './select-tests.js'
import { formatPassed, testImage } from './test-image.js'

export type TestSettings = Pick<
  BuildInputs,
  'testTimeout' | 'testNetwork' | 'testEngine' | 'emulation' | 'qemuImage'
>

/** Tests the images of a run. */
export interface Tester {
  /** Runs the commands of a container. Does nothing if it has none. Throws a `UserError` if one of them fails. */
  test(container: Container, image: Image): Promise<void>
}

/** Prepares this machine for the tests of containers. Throws a `UserError` before anything is built if they cannot run here. */
export async function createTester(
  containers: readonly Container[],
  inputs: TestSettings & Pick<BuildInputs, 'test'>,
  host: Host,
): Promise<Tester> {
  const commandsOf = ({ name }: Container) => selectCommands(inputs.test, name)
  const tested = containers.filter(container => commandsOf(container).length > 0)
  const context = createTestContext(inputs, host)
  if (tested.length > 0) {
    await prepareTestSystems(new Set(tested.map(({ system }) => system)), inputs, host)
    await context.engines.check()
  }
  return {
    async test(container, image) {
      const commands = commandsOf(container)
      if (commands.length === 0) return
      const tested = { label: labelOf(container), image }
      host.log.info(formatPassed(tested, await testImage(tested, commands, context)))
    },
  }
}

function labelOf({ name, system }: Container): string {
  return `${name} for ${formatPlatform(platformOf(system))}`
}

export function createTestContext({ testEngine, testNetwork, testTimeout }: TestSettings, host: Host) {
  return {
    engines: createEngineQueue(testEngine, openEngine(host.temp)),
    limits: { network: testNetwork, timeout: testTimeout, signal: host.signal },
    log: host.log,
  }
}

/** Registers QEMU for systems that this machine cannot run. */
export async function prepareTestSystems(
  systems: ReadonlySet<System>,
  inputs: TestSettings,
  host: Host,
): Promise<void> {
  for (const system of systems) {
    try {
      await prepareToRun(system, inputs, host)
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      throw new UserError(`Images for ${system} cannot be tested on this machine. ${error.message}`, {
        hint: `Build on a machine of that system, allow QEMU (${nameInput('emulation')}), or leave out its tests.`,
        cause: error,
      })
    }
  }
}

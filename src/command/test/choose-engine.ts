import { messageOf, UserError } from '../../util/error.js'
import { nameInput } from '../../util/input-name.js'
import { openContainerEngine } from './container-engine.js'
import { openNamespaces } from './namespaces-engine.js'
import {
  type EngineChoice,
  EngineFailure,
  type EngineName,
  type LoadedImage,
  type TestEngine,
  type TestedImage,
} from './test-engine.js'

/** Opens an engine, or returns why it does not work. */
export type OpenEngine = (name: EngineName) => Promise<TestEngine | EngineFailure>

/** Engines in the order in which they are tried. */
export interface EngineQueue {
  /** Loads an image in the first engine that can do it. Throws a `UserError` with all reasons if there is none. */
  load(image: TestedImage, signal: AbortSignal): Promise<{ engine: EngineName; loaded: LoadedImage }>
  /** Leaves out an engine that has failed. Returns `false` if no other engine is left. */
  leaveOut(engine: EngineName, failure: EngineFailure): Promise<boolean>
  /** Throws a `UserError` if no engine works. */
  check(): Promise<void>
}

const ALL_ENGINES: readonly EngineName[] = ['docker', 'podman', 'namespaces']

export function createEngineQueue(choice: EngineChoice, open: OpenEngine): EngineQueue {
  const waiting = [...(choice === 'auto' ? ALL_ENGINES : [choice])]
  const failures = new Map<EngineName, EngineFailure>()
  const opened = new Map<EngineName, Promise<TestEngine | EngineFailure>>()
  const findFirst = async (): Promise<TestEngine | undefined> => {
    for (const name of waiting) {
      if (failures.has(name)) continue
      const opening = opened.get(name) ?? open(name)
      opened.set(name, opening)
      const engine = await opening
      if (!(engine instanceof EngineFailure)) return engine
      failures.set(name, engine)
    }
    return undefined
  }
  const requireFirst = async (): Promise<TestEngine> => {
    const engine = await findFirst()
    if (engine === undefined) throw describeNoEngine(choice, [...failures.values()])
    return engine
  }
  return {
    async load(image, signal) {
      for (;;) {
        const engine = await requireFirst()
        try {
          return { engine: engine.name, loaded: await engine.load(image, signal) }
        } catch (error) {
          if (!(error instanceof EngineFailure)) throw error
          failures.set(engine.name, error)
        }
      }
    },
    async leaveOut(engine, failure) {
      failures.set(engine, failure)
      return (await findFirst()) !== undefined
    },
    check: async () => void (await requireFirst()),
  }
}

export function openEngine(temp: string): OpenEngine {
  return name => (name === 'namespaces' ? openNamespaces({ temp }) : openContainerEngine(name, { temp }))
}

function describeNoEngine(choice: EngineChoice, failures: readonly EngineFailure[]): UserError {
  const reasons = failures.map(failure => `\n- ${messageOf(failure)}`).join('')
  const hint =
    choice === 'auto'
      ? 'Install podman or docker, or allow this user to create user namespaces or to use `sudo` without a password.'
      : `Set ${nameInput('test-engine')} to \`auto\` to use any engine that works.`
  return new UserError(`Tests cannot run on this machine:${reasons}`, { hint })
}

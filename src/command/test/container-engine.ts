import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { encodeDockerManifest } from '../../image/docker-archive.js'
import { writeArchive } from '../../image/write-archive.js'
import { CONTAINERD_NAME, REF_NAME } from '../../oci/annotation-keys.js'
import { descriptorOf } from '../../oci/descriptor.js'
import { blobsOf } from '../../oci/image.js'
import type { Platform } from '../../oci/platform.js'
import { joinSignals } from '../../util/abort-signal.js'
import { messageOf } from '../../util/error.js'
import { type Exec, type ExecResult, exec } from '../../util/exec.js'
import {
  type CommandResult,
  EngineFailure,
  type LoadedImage,
  type TestEngine,
  type TestedImage,
  type TestLimits,
} from './test-engine.js'

type ContainerEngineName = 'docker' | 'podman'

/** The exit code of `docker run` and `podman run` if the engine itself fails. */
const ENGINE_FAILED = 125

/** An engine that answers no question within this time does not work. */
const PROBE_TIMEOUT_MS = 10_000

/** After its container was removed, `docker run` ends. If the engine hangs, it is ended. */
const END_TIMEOUT_MS = 5000

interface EngineContext {
  readonly temp: string
  readonly exec?: Exec
}

/** Returns `undefined` with the reason if the program is missing, or does not reach its engine. */
export async function openContainerEngine(
  name: ContainerEngineName,
  context: EngineContext,
): Promise<TestEngine | EngineFailure> {
  const { exec: run = exec } = context
  const question =
    name === 'docker' ? ['version', '--format={{.Server.Version}}'] : ['info', '--format={{.Host.Arch}}']
  try {
    const { code, stderr } = await run(name, question, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) })
    if (code !== 0) return new EngineFailure(`${name} does not work: ${lastLineOf(stderr)}`)
  } catch (error) {
    const isSlow = error instanceof Error && error.name === 'AbortError'
    return new EngineFailure(isSlow ? `${name} does not answer` : messageOf(error))
  }
  return { name, load: (image, signal) => loadImage(name, image, signal, context) }
}

/** The image gets a name of its own, because loading an image under its real name would replace the user's image. */
async function loadImage(
  engine: ContainerEngineName,
  { image, label }: TestedImage,
  signal: AbortSignal,
  { temp, exec: run = exec }: EngineContext,
): Promise<LoadedImage> {
  const id = randomUUID()
  const name = `localhost/nix-multiarch-test:${id}`
  const file = join(temp, `test-${id}.tar`)
  const remove = async (): Promise<void> => {
    await run(engine, ['rmi', '--force', name]).catch(() => {})
  }
  try {
    const annotations = { [REF_NAME]: name, [CONTAINERD_NAME]: name }
    await writeArchive(
      file,
      {
        index: [{ ...descriptorOf(image.manifest), annotations }],
        blobs: [image.manifest, ...blobsOf([image])],
        dockerManifest: encodeDockerManifest([image], [name]),
      },
      { signal },
    )
    const { code, stderr } = await run(engine, ['load', '--input', file], { signal })
    if (code !== 0) throw new EngineFailure(`${engine} cannot load ${label}: ${lastLineOf(stderr)}`)
  } catch (error) {
    await remove()
    signal.throwIfAborted()
    throw error
  } finally {
    await rm(file, { force: true })
  }
  const context = { engine, image: name, platform: image.platform, label, run }
  return { run: (command, limits) => runContainer(command, context, limits), remove }
}

interface LoadedContext {
  readonly engine: ContainerEngineName
  readonly image: string
  readonly platform: Platform
  readonly label: string
  readonly run: Exec
}

/** Returns the arguments of docker or podman. The command replaces entry point and command of the image. */
export function makeRunArguments(
  engine: ContainerEngineName,
  [program = '', ...args]: readonly string[],
  options: {
    readonly name: string
    readonly image: string
    readonly platform: Platform
    readonly network: boolean
  },
): string[] {
  const { name, image, platform, network } = options
  return [
    ...['run', '--rm', `--name=${name}`, '--pull=never', `--platform=${selectorOf(platform)}`],
    ...(network ? [] : ['--network=none']),
    ...['--security-opt=no-new-privileges', '--no-healthcheck'],
    // podman passes variables of proxies, and all variables if its settings say so.
    ...(engine === 'podman' ? ['--http-proxy=false', '--env-host=false'] : []),
    ...[`--entrypoint=${engine === 'podman' ? JSON.stringify([program]) : program}`, image, ...args],
  ]
}

/** Without the variant, because engines compare it with the config, which may leave it out. The name has only one image. */
function selectorOf({ os, architecture }: Platform): string {
  return `${os}/${architecture}`
}

async function runContainer(
  command: readonly string[],
  { engine, image, platform, label, run }: LoadedContext,
  { network, timeout, signal }: TestLimits,
): Promise<CommandResult> {
  const name = `nix-multiarch-test-${randomUUID()}`
  const remove = async (): Promise<void> => {
    // podman gives it 10 seconds to end, and `--time` of `podman rm` is an error before podman 4.
    if (engine === 'podman') await run(engine, ['kill', '--signal=KILL', name]).catch(() => {})
    await run(engine, ['rm', '--force', name]).catch(() => {})
  }
  let timedOut = false
  let removal: Promise<unknown> | undefined
  const hung = new AbortController()
  const stop = (): void => {
    removal ??= remove().finally(() => setTimeout(() => hung.abort(), END_TIMEOUT_MS).unref())
  }
  const timer = setTimeout(() => {
    timedOut = true
    stop()
  }, timeout)
  const onAbort = (): void => {
    removal ??= run('sh', ['-c', CLEAN_UP, 'sh', engine, name, image], { ownGroup: true })
  }
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    const args = makeRunArguments(engine, command, { name, image, platform, network })
    const result = await run(engine, args, { joinsOutputs: true, signal: joinSignals(signal, hung.signal) })
    if (!timedOut) checkEngine(result, engine, label)
    return { code: result.code, output: result.stderr.replace(DOCKER_HINT, ''), timedOut }
  } catch (error) {
    if (!hung.signal.aborted) throw error
    return { code: 128, output: '', timedOut }
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
    signal.throwIfAborted()
    // The container may have been created after the first attempt to remove it.
    await removal
    if (removal !== undefined) await remove()
  }
}

/**
 * Removes a container and its image. It continues after the end of this process, which has less than a second after a signal. The
 * container may be created after the first attempt to remove it.
 */
const CLEAN_UP = `exec >/dev/null 2>&1
"$1" kill "$2"
"$1" rm --force "$2"
sleep 1
"$1" kill "$2"
"$1" rm --force "$2"
"$1" rmi --force "$3"`

/** The end of each error of `docker run`. */
const DOCKER_HINT = /\s*Run 'docker run --help' for more information\s*$/

/** A program may end with the same exit code, but without an error of the engine. */
function checkEngine({ code, stderr }: ExecResult, engine: string, label: string): void {
  if (code === ENGINE_FAILED && /^(docker|Error|time=".*level=(error|fatal).*): ?/m.test(stderr))
    throw new EngineFailure(`${engine} cannot run ${label}: ${lastLineOf(stderr)}`)
}

/** The last line that describes an error. docker ends with a hint about its help. */
function lastLineOf(text: string): string {
  const lines = text.split('\n').flatMap(line => line.trim() || [])
  return lines.findLast(line => /\berror\b/i.test(line)) ?? lines.at(-1) ?? 'no reason is known'
}

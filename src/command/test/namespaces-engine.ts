import { randomUUID } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import {
  type ImageSandbox,
  makeImageSandboxCommand,
  obeysVariable,
  type SandboxTools,
} from '../../image/sandbox/image-sandbox.js'
import { ImageTree } from '../../image/sandbox/image-tree.js'
import { type ImageUser, resolveUser } from '../../image/sandbox/image-user.js'
import type { SandboxOwner } from '../../image/sandbox/sandbox-command.js'
import {
  createImageFiles,
  readImageFiles,
  removeImageFiles,
  type UnpackedImage,
} from '../../image/sandbox/unpack-image.js'
import { type ConfigDetails, parseConfigDetails } from '../../oci/config.js'
import { openVerified } from '../../oci/verify.js'
import { joinSignals } from '../../util/abort-signal.js'
import { messageOf, UserError } from '../../util/error.js'
import { exec, findProgram } from '../../util/exec.js'
import { canUseRoot } from '../../util/run-as-root.js'
import {
  type CommandResult,
  EngineFailure,
  type LoadedImage,
  type TestEngine,
  type TestedImage,
  type TestLimits,
} from './test-engine.js'

/** Whose namespaces the commands run in. */
type Isolation = Pick<ImageSandbox, 'owner' | 'asRoot' | 'tools'>

interface NamespacesContext {
  readonly temp: string
  readonly platform?: string
  readonly uid?: number | undefined
}

/** Runs commands in namespaces of the kernel, without a container engine. Returns the reason if this machine forbids it. */
export async function openNamespaces(context: NamespacesContext): Promise<TestEngine | EngineFailure> {
  const isolation = await findIsolation(context)
  if (isolation instanceof EngineFailure) return isolation
  return { name: 'namespaces', load: (image, signal) => loadImage(image, isolation, context.temp, signal) }
}

async function findIsolation({
  temp,
  platform = process.platform,
  uid = process.getuid?.(),
}: NamespacesContext): Promise<Isolation | EngineFailure> {
  if (platform !== 'linux') return new EngineFailure('namespaces exist only on Linux')
  const tools = await findTools()
  if (tools instanceof EngineFailure) return tools
  const asRoot = uid === 0 ? [] : ['sudo', '-n']
  const hasRoot = await canUseRoot({ exec, uid })
  const owners: SandboxOwner[] = uid === 0 ? ['root', 'user'] : hasRoot ? ['user', 'root'] : ['user']
  let reason = ''
  for (const owner of owners) {
    const isolation = { owner, asRoot, tools }
    const failure = await tryIsolation(isolation, temp)
    if (failure === undefined) return isolation
    reason ||= failure
  }
  return new EngineFailure(`this machine does not allow new namespaces: ${reason}`)
}

async function findTools(): Promise<SandboxTools | EngineFailure> {
  const path = `${process.env.PATH ?? ''}:/usr/sbin:/usr/bin:/sbin:/bin`
  const find = (name: string) => findProgram(path, name)
  const [env, setpriv, unshare] = await Promise.all(['env', 'setpriv', 'unshare'].map(find))
  if (env && setpriv && unshare) return { env, setpriv, unshare }
  return new EngineFailure('unshare and setpriv of util-linux were not found')
}

const PROBE_TIMEOUT_MS = 10_000
const NO_PROGRAM = 127

/** Runs a program that does not exist. Returns the reason if the sandbox does not work. */
async function tryIsolation(isolation: Isolation, temp: string): Promise<string | undefined> {
  const folder = join(temp, `test-probe-${isolation.owner}`)
  try {
    const tree = new ImageTree()
    await createRoot({ tree, pathOf: () => '' }, folder)
    const user: ImageUser = { uid: 0, gid: 0, groups: [], home: undefined }
    const details = { env: [], workingDir: '/', network: false, command: [`/${randomUUID()}`] }
    const [command, ...args] = makeImageSandboxCommand({ ...isolation, ...details, folder, user })
    const signal = AbortSignal.timeout(PROBE_TIMEOUT_MS)
    const { code, stderr } = await exec(command, args, { ...SANDBOX_OPTIONS, signal })
    return code === NO_PROGRAM ? undefined : (stderr.trim().split('\n').at(-1) ?? `exit code ${code}`)
  } catch (error) {
    return messageOf(error)
  } finally {
    await removeImageFiles(folder)
  }
}

const SANDBOX_OPTIONS = { clean: true, ownGroup: true, endsWithInput: true, joinsOutputs: true }

/** Creates the folder that `makeImageSandboxCommand` needs. */
async function createRoot(image: UnpackedImage, folder: string): Promise<void> {
  for (const name of ['proc', 'dev']) image.tree.replaceByFolder(name)
  await mkdir(join(folder, 'scratch'), { recursive: true })
  createImageFiles(image, join(folder, 'root'))
}

async function loadImage(
  { image, label }: TestedImage,
  isolation: Isolation,
  temp: string,
  signal: AbortSignal,
): Promise<LoadedImage> {
  const folder = join(temp, `test-${randomUUID()}`)
  const remove = (): Promise<void> => removeImageFiles(folder)
  try {
    const unpacked = await readImageFiles(image.layers, join(folder, 'contents'), signal)
    const config = parseConfigDetails(await buffer(openVerified(image.config)))
    const settings = await prepareRun(unpacked, config)
    checkVariables(settings, label)
    await addHostFiles(unpacked)
    await createRoot(unpacked, folder)
    const run = { ...isolation, ...settings, folder }
    return {
      run: (command, limits) => runSandbox({ ...run, command, network: limits.network }, limits),
      remove,
    }
  } catch (error) {
    await remove()
    signal.throwIfAborted()
    if (error instanceof EngineFailure) throw error
    if (!(error instanceof Error) || error.name !== 'Error') throw error
    throw new UserError(`${label} cannot be tested: ${error.message}`, { cause: error })
  }
}

/** The default of container engines. */
const DEFAULT_PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

async function prepareRun(
  image: UnpackedImage,
  { user: userName, env, workingDir: configured }: ConfigDetails,
): Promise<Pick<ImageSandbox, 'user' | 'env' | 'envProgram' | 'workingDir'>> {
  const [passwd, group] = await Promise.all([readText(image, 'etc/passwd'), readText(image, 'etc/group')])
  const user = resolveUser(userName, { passwd, group })
  const workingDir = `/${configured.replace(/^\/+/, '')}`
  // Engines create it, too.
  image.tree.openFolder(workingDir)
  const has = (name: string): boolean => env.some(entry => entry.startsWith(`${name}=`))
  const defaults = [
    ...(has('PATH') ? [] : [DEFAULT_PATH]),
    ...(has('HOME') ? [] : [`HOME=${user.home || '/'}`]),
  ]
  const all = [...defaults, ...env]
  return { user, env: all, envProgram: findEnvProgram(image.tree, all), workingDir }
}

/** Finds the program `env` in the `PATH` of an image. */
function findEnvProgram(tree: ImageTree, env: readonly string[]): string | undefined {
  const path = env.findLast(entry => entry.startsWith('PATH='))?.slice('PATH='.length) ?? ''
  const candidates = path.split(':').map(folder => `${folder}/env`)
  return candidates.find(each => {
    const node = each.startsWith('/') ? tree.find(each) : undefined
    return node?.kind === 'file' && (node.mode & 0o111) !== 0
  })
}

/** Throws an `EngineFailure` if a variable cannot be set safely. */
function checkVariables({ env, envProgram }: Pick<ImageSandbox, 'env' | 'envProgram'>, label: string): void {
  const variable = env.find(obeysVariable)?.split('=')[0]
  if (variable === undefined || envProgram !== undefined) return
  throw new EngineFailure(
    `namespaces cannot run ${label}: its config sets ${variable}, but the image has no program \`env\` in its PATH`,
  )
}

/** Larger files do not list users. */
const MAX_TEXT_BYTES = 1 << 20

/** Returns an empty text if the file does not exist. */
async function readText({ tree, pathOf }: UnpackedImage, name: string): Promise<string> {
  const node = tree.find(name)
  if (node?.kind !== 'file') return ''
  return (await readFile(pathOf(node))).subarray(0, MAX_TEXT_BYTES).toString()
}

/** Container engines write these files, too. */
async function addHostFiles(image: UnpackedImage): Promise<void> {
  const resolver = await readFile('/etc/resolv.conf').catch(() => Buffer.alloc(0))
  const files = [
    ['etc/hosts', Buffer.from('127.0.0.1 localhost\n::1 localhost\n')],
    ['etc/resolv.conf', resolver],
  ] as const
  for (const [name, content] of files) {
    const file = image.tree.addFile(name, 0o644)
    await writeFile(image.pathOf(file), content, { flag: 'wx' })
  }
}

async function runSandbox(sandbox: ImageSandbox, { timeout, signal }: TestLimits): Promise<CommandResult> {
  const [command, ...args] = makeImageSandboxCommand(sandbox)
  const timeUp = AbortSignal.timeout(timeout)
  const result = await exec(command, args, { ...SANDBOX_OPTIONS, signal: joinSignals(signal, timeUp) })
  signal.throwIfAborted()
  return { code: result.code, output: result.stderr, timedOut: timeUp.aborted }
}

import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { networkVariables } from '../http/network-variables.js'
import { type Access, accessTo } from './access.js'
import { certificateVariable } from './certificates.js'
import { type Machine, settingsFor } from './conf.js'
import { configure } from './configure.js'
import { type Daemon, startDaemon } from './daemon.js'
import { openKvm } from './kvm.js'
import { withMachineLock } from './lock.js'
import { makeNixVolume } from './macos.js'
import type { InstallOptions } from './options.js'
import { type Program, provide } from './provide.js'
import { canSandbox, isContainer, tryBuilding } from './sandbox.js'

/** A Nix that we have put on this machine. */
export interface Installed {
  /** The folder of its programs, for PATH. */
  readonly bin: string
  readonly version: string
  readonly how: 'release' | 'package'
  readonly mode: 'daemon' | 'single-user'
  /** Builds see only what they were told to. */
  readonly sandbox: boolean
  /** Ours to stop; `undefined` where one ran already, or none is needed. */
  readonly daemon: Daemon | undefined
  /** Lines for the user's own nix.conf, where there is no other place for them. */
  readonly conf: readonly string[]
  /** That later programs need, too. */
  readonly variables: Readonly<Record<string, string>>
}

/** Another installation may have to download on a slow line. */
const TURN_MS = 15 * 60_000

/**
 * Puts Nix on a machine that has none and makes it ready to build: with a daemon of root's where we may be root, else for this
 * user alone. One at a time on a machine: who comes later finds what the first one has made. Throws a `UserError` when that
 * cannot be done; then nothing half-unpacked stays behind.
 */
export function installNix(options: InstallOptions): Promise<Installed> {
  const { root = '/', env, signal, log } = options
  const onWait = (): void => log.info('Another process is installing Nix on this machine: waiting for it')
  return withMachineLock(root, { env, signal, onWait, patience: TURN_MS }, () => install(options))
}

async function install(options: InstallOptions): Promise<Installed> {
  const { exec, uid, platform, user, root = '/' } = options
  const folder = join(root, 'nix')
  if (platform === 'darwin') await makeNixVolume(user, { exec, uid }, folder)
  const access = await accessTo(folder, { exec, uid }, platform)
  const [program, sandbox] = await Promise.all([
    provide(options, folder, access),
    platform === 'linux' && canSandbox(access.rights),
    options.openKvm && openKvm(root, { exec, uid }),
  ])
  const machine = { mode: access.mode, user, sandbox, filter: true, shell: program.shell }
  return access.mode === 'daemon'
    ? withDaemon(program, machine, folder, access, options)
    : forOneUser(program, machine, access, options)
}

async function withDaemon(
  program: Program,
  machine: Machine,
  folder: string,
  { rights }: Access,
  options: InstallOptions,
): Promise<Installed> {
  const { env, root = '/', signal } = options
  const write = (settings: Machine): Promise<void> =>
    configure(join(root, 'etc'), settings, availableParallelism(), rights)
  await write(machine)
  const tried = await triedOut(program, machine, rights, options)
  if (tried !== machine) await write(tried)
  const variables = await certificateVariable(root, env, program.cacert)
  const daemon = await startDaemon({
    bin: program.bin,
    folder,
    rights,
    signal,
    variables: { ...networkVariables(env), ...variables },
  })
  return { ...told(program, tried, options), daemon, conf: [], variables }
}

async function forOneUser(
  program: Program,
  machine: Machine,
  { rights }: Access,
  options: InstallOptions,
): Promise<Installed> {
  const { env, root = '/' } = options
  const tried = await triedOut(program, machine, rights, options)
  const variables = await certificateVariable(root, env, program.cacert)
  const { defaults, needed } = settingsFor(tried)
  return { ...told(program, tried, options), daemon: undefined, conf: [...defaults, ...needed], variables }
}

/** A machine that is no container is as its probes say, and need not wait for a build. */
async function triedOut(
  { bin }: Program,
  machine: Machine,
  rights: Access['rights'],
  { env, root = '/', platform, log }: InstallOptions,
): Promise<Machine> {
  if (platform !== 'linux' || !(await isContainer(root, env))) return machine
  const found = await tryBuilding(bin, machine, rights, log.warning)
  return found.sandbox === machine.sandbox && found.filter === machine.filter
    ? machine
    : { ...machine, ...found }
}

function told(program: Program, { mode, sandbox }: Machine, { platform, log }: InstallOptions) {
  if (!sandbox && platform === 'linux')
    log.warning('Builds have no sandbox here: the namespaces that one is made of are not allowed')
  return { bin: program.bin, version: program.version, how: program.how, mode, sandbox }
}

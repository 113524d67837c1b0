import { readFile } from 'node:fs/promises'
import type { Host } from '../../host/host.js'
import type { InterpretersChange } from '../../install/machine-record.js'
import { detectSystem } from '../../nix/detect-system.js'
import { OTHER_SYSTEM_HINT } from '../../nix/find-failure-hint.js'
import type { Nix, NixSettings } from '../../nix/nix.js'
import { isSystem, type System } from '../../oci/platform.js'
import { UserError } from '../../util/error.js'
import { type Exec, exec } from '../../util/exec.js'
import { exists } from '../../util/files.js'
import { nameInput } from '../../util/input-name.js'
import { createRecorder } from '../shared/create-recorder.js'
import {
  type BinfmtEntry,
  binfmtFolder,
  checkRegistrable,
  describeMount,
  describeRegistration,
  isEntryFor,
  readBinfmt,
  registerQemu,
} from './binfmt.js'
import { findQemuOnPath } from './qemu-store.js'

interface EmulationInputs {
  /** With `off`, QEMU is not used. Remote builders and Nix's `extra-platforms` are still used. */
  readonly emulation: 'auto' | 'off'
  readonly qemuImage: string
}

/** Prepares this machine to build for each of the systems. Returns the results by system. */
export async function prepareSystems(
  nix: Nix,
  systems: readonly string[],
  { emulation, qemuImage }: EmulationInputs,
  host: Host,
): Promise<Map<string, PreparedSystem>> {
  const { platform } = process
  const uid = process.getuid?.()
  const { env, log } = host
  const { record, findFailure } = openMachineRecord(host)
  const prepared = new Map<string, PreparedSystem>()
  for (const system of new Set(systems)) {
    const result = await prepareSystem(nix, system, {
      emulation,
      exec,
      env,
      platform,
      uid,
      provideQemu: emulatedSystem => importAndProvideQemu(emulatedSystem, qemuImage, host),
      record,
    })
    log.debug(result.note)
    const failure = findFailure()
    if (result.how === 'qemu' && failure !== undefined)
      log.warning(`QEMU remains registered after this job: ${failure.message}`)
    prepared.set(system, result)
  }
  return prepared
}

/**
 * Prepares this machine to run programs of a system in the files of an image. Their QEMU must be opened by the kernel, because it
 * is not in the image. Throws a `UserError` if they cannot run here.
 */
export async function prepareToRun(
  system: System,
  { emulation, qemuImage }: EmulationInputs,
  host: Host,
): Promise<void> {
  const { platform } = process
  // Elsewhere, a container engine runs programs in a virtual machine with its own emulation.
  if (platform !== 'linux') return
  const own = detectSystem()
  if (system === own || RUNS_ON[system] === own || MAY_RUN_ON[system]?.includes(own)) return
  const { record } = openMachineRecord(host)
  const settings = { system: own, extraPlatforms: [], builders: '', sandbox: true, sandboxPaths: [] }
  const { env, log } = host
  const provideQemu = (each: System) => importAndProvideQemu(each, qemuImage, host)
  const options = { emulation, exec, env, platform, uid: process.getuid?.(), provideQemu, record }
  const prepared = await prepareSystem({ settings }, system, options)
  log.debug(prepared.note)
  if (prepared.how === 'none') throw prepared.problem
}

/** The record of what jobs changed on this machine. See `EmulationOptions.record`. */
function openMachineRecord(host: Host) {
  const recorder = createRecorder(host)
  let failure: UserError | undefined
  const record: InterpretersRecord = {
    async join() {
      if (!(await recorder?.hasRecord())) return
      try {
        await recorder?.lock(host, () => recorder.join())
      } catch (error) {
        if (!(error instanceof UserError)) throw error
        host.log.warning(
          `Another job may remove QEMU while this job uses it, because this job cannot be recorded: ${error.message}`,
        )
      }
    },
    async add(describe) {
      try {
        await recorder?.lock(host, async () => {
          const interpreters = await describe()
          if (interpreters === undefined) await recorder.join()
          else await recorder.add({ interpreters })
        })
      } catch (error) {
        if (!(error instanceof UserError)) throw error
        failure = error
      }
    },
  }
  return { record, findFailure: () => failure }
}

/** The modules for registries are only loaded if they are needed. */
async function importAndProvideQemu(system: System, image: string, host: Host): Promise<string> {
  const { provideQemu, createQemuContext } = await import('./provide-qemu.js')
  return provideQemu(system, createQemuContext(host, image))
}

/** How this machine builds for a system. */
export type PreparedSystem = Preparation &
  (
    | { readonly how: 'native' | 'nix' | 'builder' | 'qemu' }
    /** Nothing can be built, but Nix can still use the store and binary caches. `problem` gives the reason and possible fixes. */
    | { readonly how: 'none'; readonly problem: UserError }
  )

interface Preparation {
  /** Command line options of Nix for each build. */
  readonly options: readonly string[]
  /** True if programs of the system can be run on this machine outside of Nix. */
  readonly runnable: boolean
  /** A message: `aarch64-linux runs under /usr/bin/qemu-aarch64-static`. */
  readonly note: string
}

export interface EmulationOptions extends Pick<EmulationInputs, 'emulation'> {
  readonly exec: Exec
  readonly env: Readonly<Record<string, string | undefined>>
  /** As in `process.platform`. */
  readonly platform: string
  readonly uid: number | undefined
  /** Default: `/proc`. */
  readonly procfs?: string
  /** Provides a static QEMU if `PATH` has none. Throws a `UserError` with the reason if there is none. */
  readonly provideQemu?: (system: System) => Promise<string | undefined>
  /** Without it, nothing is undone after the job. */
  readonly record?: InterpretersRecord
}

/**
 * Records who uses the interpreters of this machine. The last job removes what jobs have registered. A failure does not stop the
 * task: without root, nothing can be registered anyway, and the error of that is clearer.
 */
export interface InterpretersRecord {
  /** Called before interpreters are used, because another job may have registered them. */
  join(): Promise<void>
  /** Called before a change is made. `describe` returns `undefined` if another job has made it: then this job joins that one. */
  add(describe: () => Promise<InterpretersChange | undefined>): Promise<void>
}

/** The settings of Nix that decide where it builds. */
interface BuildSettings {
  readonly settings: Pick<NixSettings, 'system' | 'extraPlatforms' | 'builders' | 'sandbox' | 'sandboxPaths'>
}

/** Systems whose programs run natively on another system. */
const RUNS_ON: Readonly<Record<string, string>> = { 'i686-linux': 'x86_64-linux' }

/** Systems whose programs run natively on some processors of other systems. */
const MAY_RUN_ON: Readonly<Record<string, readonly string[]>> = {
  'armv7l-linux': ['aarch64-linux'],
  'armv6l-linux': ['aarch64-linux', 'armv7l-linux'],
}

/**
 * Prepares this machine to build for a system: natively, by Nix's `extra-platforms`, by a remote builder, or under QEMU. If QEMU
 * is not registered with the kernel, it is registered as root, or with `sudo -n`.
 */
export async function prepareSystem(
  nix: BuildSettings,
  system: string,
  options: EmulationOptions,
): Promise<PreparedSystem> {
  try {
    return await chooseBuilder(nix, system, options)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return { how: 'none', options: [], runnable: false, problem: error, note: error.message }
  }
}

/** Throws a `UserError` if this machine cannot build for the system. */
async function chooseBuilder(
  { settings }: BuildSettings,
  system: string,
  options: EmulationOptions,
): Promise<PreparedSystem> {
  const isLinux = options.platform === 'linux'
  const folder = binfmtFolder(options.procfs ?? '/proc')
  const entries = isLinux && isSystem(system) ? await joinUsableEntries(system, folder, options) : []
  // `builtin` is the system of Nix's own fetchers, which run on every machine.
  if (settings.system === system || system === 'builtin') return createNativeResult(system, isLinux)
  const runnable = entries.length > 0 || (isLinux && RUNS_ON[system] === settings.system)
  const remoteSystems = await readBuilderSystems(settings.builders, settings.system)
  const context = { folder, settings, options }
  if (settings.extraPlatforms.includes(system)) {
    const needsQemu =
      !runnable && !remoteSystems.has(system) && !MAY_RUN_ON[system]?.includes(settings.system)
    return needsQemu ? prepareExtraPlatform(system, context) : createExtraPlatformResult(system, runnable)
  }
  if (remoteSystems.has(system)) {
    return { how: 'builder', options: [], runnable, note: `${system} is built by a remote builder` }
  }
  if (options.emulation === 'off') throw createSystemError(system, `${nameInput('emulation')} is \`off\``)
  const usable = entries.find(entry => isReachableInSandbox(entry, settings))
  if (usable !== undefined) return createQemuResult(system, usable.interpreter, settings)
  if (!isLinux || !isSystem(system))
    throw createSystemError(system, 'QEMU runs only Linux programs, and only on Linux')
  return createQemuResult(system, await findAndRegisterQemu(system, context), settings)
}

interface EmulationContext {
  /** The folder of binfmt_misc. */
  readonly folder: string
  readonly settings: BuildSettings['settings']
  readonly options: EmulationOptions
}

/** Nix is configured to build for the system, but the kernel cannot run its programs. Registers QEMU if possible. */
async function prepareExtraPlatform(system: string, context: EmulationContext): Promise<PreparedSystem> {
  const { settings, options } = context
  const result = createExtraPlatformResult(system, false)
  if (options.emulation === 'off' || options.platform !== 'linux' || !isSystem(system)) return result
  try {
    const qemu = await findAndRegisterQemu(system, context)
    return { ...createQemuResult(system, qemu, settings), options: [] }
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return { ...result, note: `${result.note}, but: ${error.message}` }
  }
}

function createNativeResult(system: string, runnable: boolean): PreparedSystem {
  return { how: 'native', options: [], runnable, note: `${system} is the system of this machine` }
}

function createExtraPlatformResult(system: string, runnable: boolean): PreparedSystem {
  return { how: 'nix', options: [], runnable, note: `Nix is configured to build for ${system}` }
}

function createQemuResult(
  system: string,
  interpreter: string,
  settings: BuildSettings['settings'],
): PreparedSystem {
  // The option replaces the configured value, so it must contain the configured platforms.
  const platforms = [...settings.extraPlatforms, system].join(' ')
  return {
    how: 'qemu',
    options: ['--option', 'extra-platforms', platforms],
    runnable: true,
    note: `${system} runs under ${interpreter}`,
  }
}

/** Registers a QEMU from `PATH`, or else one from `provideQemu`, and returns its path. */
async function findAndRegisterQemu(
  system: System,
  { folder, settings, options }: EmulationContext,
): Promise<string> {
  await options.record?.add(() => describeMount(folder))
  const qemu =
    (await findQemuOnPath(system, options.env.PATH ?? '')) ?? (await fetchQemu(system, folder, options))
  if (qemu === undefined) throw createSystemError(system, 'no static QEMU for this system was found')
  await options.record?.add(() => describeRegistration(system, qemu, folder))
  await registerQemu(system, qemu, folder, options)
  const entries = await findUsableEntries(system, folder)
  if (entries.some(entry => isReachableInSandbox(entry, settings))) return qemu
  throw createSystemError(system, `the kernel does not use ${qemu}, although it was registered`)
}

/** Downloads nothing if QEMU cannot be registered on this machine. */
async function fetchQemu(
  system: System,
  folder: string,
  options: EmulationOptions,
): Promise<string | undefined> {
  if (options.provideQemu === undefined) return undefined
  await checkRegistrable(system, folder, options)
  return options.provideQemu(system)
}

/** Returns the entries of `findUsableEntries`. No other job removes them while this job runs. */
async function joinUsableEntries(
  system: System,
  folder: string,
  { record }: EmulationOptions,
): Promise<BinfmtEntry[]> {
  const entries = await findUsableEntries(system, folder)
  if (entries.length === 0 || record === undefined) return entries
  await record.join()
  // The job that has registered them may have ended before this job joined it.
  return findUsableEntries(system, folder)
}

/** Returns the enabled entries for a system whose interpreter exists. */
async function findUsableEntries(system: System, folder: string): Promise<BinfmtEntry[]> {
  const entries = ((await readBinfmt(folder)) ?? []).filter(entry => isEntryFor(entry, system))
  const areUsable = await Promise.all(
    entries.map(async entry => isOpenedByKernel(entry) || (await exists(entry.interpreter))),
  )
  return entries.filter((_, n) => areUsable[n])
}

/** With the flag `F`, the kernel opened the interpreter at registration. Its path need not exist any more. */
function isOpenedByKernel(entry: BinfmtEntry): boolean {
  return entry.flags.includes('F')
}

function isReachableInSandbox(
  entry: BinfmtEntry,
  { sandbox, sandboxPaths }: BuildSettings['settings'],
): boolean {
  const isShared = sandboxPaths.some(path => `${entry.interpreter}/`.startsWith(`${path}/`))
  return isOpenedByKernel(entry) || !sandbox || isShared
}

function createSystemError(system: string, reason: string): UserError {
  return new UserError(`This machine cannot build for ${system}: ${reason}`, {
    hint: `To build for ${system}: ${OTHER_SYSTEM_HINT}.`,
  })
}

/**
 * Returns the systems of the remote builders in Nix's setting `builders`: machine lines separated by newlines or `;`. The second
 * field of a line lists systems separated by commas; `-` means `ownSystem`. `@file` includes a file of such lines. A file that
 * cannot be read is ignored, because the default value of the setting names a file that may not exist.
 */
export async function readBuilderSystems(builders: string, ownSystem: string): Promise<ReadonlySet<string>> {
  const lines = await readBuilderLines(builders)
  return new Set(lines.flatMap(line => parseBuilderSystems(line, ownSystem)))
}

async function readBuilderLines(setting: string): Promise<string[]> {
  const lines = splitBuilderLines(setting).map(async line =>
    line.startsWith('@') ? readBuilderFile(line.slice(1).trim()) : [line],
  )
  return (await Promise.all(lines)).flat()
}

async function readBuilderFile(path: string): Promise<string[]> {
  return splitBuilderLines(await readFile(path, 'utf8').catch(() => ''))
}

function splitBuilderLines(text: string): string[] {
  const lines = text.split(/[\n;]/).map(line => line.replace(/#.*$/, '').trim())
  return lines.filter(Boolean)
}

function parseBuilderSystems(line: string, ownSystem: string): string[] {
  const [, systems = '-'] = line.split(/\s+/)
  return systems === '-' ? [ownSystem] : systems.split(',').filter(Boolean)
}

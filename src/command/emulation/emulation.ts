import { readFile } from 'node:fs/promises'
import type { Host } from '../../host/host.js'
import { OTHER_SYSTEM_HINT } from '../../nix/describe-error.js'
import type { Nix, NixSettings } from '../../nix/nix.js'
import { isSystem, type System } from '../../oci/platform.js'
import { UserError } from '../../util/error.js'
import { type Exec, exec } from '../../util/exec.js'
import { exists } from '../../util/files.js'
import {
  type BinfmtEntry,
  binfmtFolder,
  checkRegistrable,
  isEntryFor,
  readBinfmt,
  registerQemu,
} from './binfmt.js'
import { findQemuOnPath } from './qemu-store.js'

/** How builds for a system come about on this machine. */
export type PreparedSystem = Way & (Possible | Impossible)

interface Way {
  /** Options that each build for the system needs. */
  readonly options: readonly string[]
  /** The system's programs can be run here, outside of Nix. */
  readonly runnable: boolean
  /** For people: `aarch64-linux runs under /usr/bin/qemu-aarch64-static`. */
  readonly note: string
}

interface Possible {
  readonly how: 'native' | 'nix' | 'builder' | 'qemu'
}

/** What is built already, or lies in a binary cache, can be had all the same. */
interface Impossible {
  readonly how: 'none'
  /** Says why, and names the ways out. */
  readonly problem: UserError
}

export interface EmulationOptions {
  /** `off` never runs foreign programs under QEMU; other machines and what Nix is set up for stay allowed. */
  readonly emulation: 'auto' | 'off'
  readonly exec: Exec
  readonly env: Readonly<Record<string, string | undefined>>
  /** As in `process.platform`. */
  readonly platform: string
  readonly uid: number | undefined
  /** Where the kernel shows itself, else `/proc`. */
  readonly procfs?: string
  /** Gets a static QEMU for a system where `PATH` has none. Throws a `UserError` that says why there is none. */
  readonly provideQemu?: (system: System) => Promise<string | undefined>
}

/** Systems whose programs the processor of another runs by itself. */
const RUN_BY: Readonly<Record<string, string>> = { 'i686-linux': 'x86_64-linux' }

/** The same of some processors: those who set Nix up for it know theirs. */
const MAY_RUN_BY: Readonly<Record<string, readonly string[]>> = {
  'armv7l-linux': ['aarch64-linux'],
  'armv6l-linux': ['aarch64-linux', 'armv7l-linux'],
}

/**
 * Makes sure that Nix can build for a system: by itself, by what it is set up for, by a remote builder, or under QEMU,
 * which is registered with the kernel where it is not yet (as root, or through sudo without a password).
 */
export async function prepareSystem(
  nix: Nix,
  system: string,
  options: EmulationOptions,
): Promise<PreparedSystem> {
  try {
    return await prepare(nix, system, options)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return { how: 'none', options: [], runnable: false, problem: error, note: error.message }
  }
}

/** Throws a `UserError` when there is no way. */
async function prepare(
  { settings }: Nix,
  system: string,
  options: EmulationOptions,
): Promise<PreparedSystem> {
  const linux = options.platform === 'linux'
  const folder = binfmtFolder(options.procfs ?? '/proc')
  const entries = linux && isSystem(system) ? await entriesFor(system, folder) : []
  // Nix's own fetchers are built for `builtin`, which every machine is.
  if (settings.system === system || system === 'builtin') return native(system, linux)
  const runnable = entries.length > 0 || (linux && RUN_BY[system] === settings.system)
  const remote = await readBuilderSystems(settings.builders, settings.system)
  if (settings.extraPlatforms.includes(system)) {
    const needsQemu = !runnable && !remote.has(system) && !MAY_RUN_BY[system]?.includes(settings.system)
    return needsQemu ? configured(system, folder, settings, options) : asConfigured(system, runnable)
  }
  if (remote.has(system)) {
    return { how: 'builder', options: [], runnable, note: `${system} is built by a remote builder` }
  }
  if (options.emulation === 'off') throw impossible(system, 'and emulation is off')
  const ready = entries.find(entry => reachesSandbox(entry, settings))
  if (ready !== undefined) return emulated(settings, system, ready.interpreter)
  if (!linux || !isSystem(system)) throw impossible(system, 'and QEMU runs only Linux programs on Linux')
  return emulated(settings, system, await register(system, folder, settings, options))
}

/** Nix is told to build for the system, and the kernel is not: so it is told, too, where that can be done. */
async function configured(
  system: string,
  folder: string,
  settings: NixSettings,
  options: EmulationOptions,
): Promise<PreparedSystem> {
  const asIs = asConfigured(system, false)
  if (options.emulation === 'off' || options.platform !== 'linux' || !isSystem(system)) return asIs
  try {
    const qemu = await register(system, folder, settings, options)
    return { ...emulated(settings, system, qemu), options: [] }
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return { ...asIs, note: `${asIs.note}, but: ${error.message}` }
  }
}

function asConfigured(system: string, runnable: boolean): PreparedSystem {
  return { how: 'nix', options: [], runnable, note: `Nix is set up to build for ${system} here` }
}

/** Gives the QEMU that the system's programs run under from now on. */
async function register(
  system: System,
  folder: string,
  settings: NixSettings,
  options: EmulationOptions,
): Promise<string> {
  const qemu =
    (await findQemuOnPath(system, options.env.PATH ?? '')) ?? (await provide(system, folder, options))
  if (qemu === undefined) throw impossible(system, 'and no static QEMU for it was found')
  await registerQemu(system, qemu, folder, options)
  const entries = await entriesFor(system, folder)
  if (entries.some(entry => reachesSandbox(entry, settings))) return qemu
  throw impossible(system, `and the kernel does not use ${qemu}, although it was registered`)
}

/** Nothing is downloaded for a machine that would not let it be registered. */
async function provide(
  system: System,
  folder: string,
  options: EmulationOptions,
): Promise<string | undefined> {
  if (options.provideQemu === undefined) return undefined
  await checkRegistrable(system, folder, options)
  return options.provideQemu(system)
}

function native(system: string, linux: boolean): PreparedSystem {
  return { how: 'native', options: [], runnable: linux, note: `${system} is this machine's own system` }
}

function emulated(settings: NixSettings, system: string, interpreter: string): PreparedSystem {
  // The setting replaces what was configured, so that goes in again.
  const platforms = [...settings.extraPlatforms, system].join(' ')
  return {
    how: 'qemu',
    options: ['--option', 'extra-platforms', platforms],
    runnable: true,
    note: `${system} runs under ${interpreter}`,
  }
}

/** The enabled entries that run a system's programs and whose interpreter is there. */
async function entriesFor(system: System, folder: string): Promise<BinfmtEntry[]> {
  const entries = ((await readBinfmt(folder)) ?? []).filter(entry => isEntryFor(entry, system))
  const there = await Promise.all(
    entries.map(async entry => isOpen(entry) || (await exists(entry.interpreter))),
  )
  return entries.filter((_, n) => there[n])
}

function isOpen(entry: BinfmtEntry): boolean {
  return entry.flags.includes('F')
}

function reachesSandbox(entry: BinfmtEntry, { sandbox, sandboxPaths }: NixSettings): boolean {
  const shared = sandboxPaths.some(path => `${entry.interpreter}/`.startsWith(`${path}/`))
  return isOpen(entry) || !sandbox || shared
}

function impossible(system: string, why: string): UserError {
  return new UserError(`This machine cannot build for ${system}: it is of another system, ${why}`, {
    hint: `To build for ${system}: ${OTHER_SYSTEM_HINT}.`,
  })
}

/**
 * The systems that remote builders offer, from the `builders` setting: machine lines divided by newlines or `;`, whose
 * second field lists systems with commas (`-` stands for `ownSystem`), or `@file` for a file of such lines. A file
 * that cannot be read offers nothing: the setting names one that need not exist.
 */
export async function readBuilderSystems(builders: string, ownSystem: string): Promise<ReadonlySet<string>> {
  const lines = await linesOf(builders)
  return new Set(lines.flatMap(line => systemsOf(line, ownSystem)))
}

async function linesOf(setting: string): Promise<string[]> {
  const lines = split(setting).map(async line => (line.startsWith('@') ? read(line.slice(1).trim()) : [line]))
  return (await Promise.all(lines)).flat()
}

function split(text: string): string[] {
  const lines = text.split(/[\n;]/).map(line => line.replace(/#.*$/, '').trim())
  return lines.filter(Boolean)
}

async function read(path: string): Promise<string[]> {
  return split(await readFile(path, 'utf8').catch(() => ''))
}

function systemsOf(line: string, ownSystem: string): string[] {
  const [, systems = '-'] = line.split(/\s+/)
  return systems === '-' ? [ownSystem] : systems.split(',').filter(Boolean)
}

interface MachineInputs {
  readonly emulation: 'auto' | 'off'
  readonly qemuImage: string
}

/** Makes the machine ready for each system that something is to be built on. */
export async function prepareSystems(
  nix: Nix,
  builders: readonly string[],
  { emulation, qemuImage }: MachineInputs,
  host: Host,
): Promise<Map<string, PreparedSystem>> {
  const { platform } = process
  const uid = process.getuid?.()
  const { env, log } = host
  const machines = new Map<string, PreparedSystem>()
  for (const builder of new Set(builders)) {
    const prepared = await prepareSystem(nix, builder, {
      emulation,
      exec,
      env,
      platform,
      uid,
      provideQemu: system => qemuFor(system, qemuImage, host),
    })
    log.debug(prepared.note)
    machines.set(builder, prepared)
  }
  return machines
}

/** Loaded only where it is needed: it brings what talks to registries. */
async function qemuFor(system: System, image: string, host: Host): Promise<string> {
  const { provideQemu, createQemuContext } = await import('./qemu.js')
  return provideQemu(system, createQemuContext(host, image))
}

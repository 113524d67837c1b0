import type { ChildProcess } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { UserError } from '../util/error.js'
import { type Exec, type ExecOptions, type ExecResult, findProgram, startProgram } from '../util/exec.js'
import { exists } from '../util/files.js'
import { asObject, type JsonObject, parseJson } from '../util/json.js'
import { lastLinesOf } from './log.js'

/** The most store paths that one call of Nix gets, so that the argument list stays below the system's limit. */
export const MAX_PATHS_PER_CALL = 1000

/** A Nix that can be called. */
export interface Nix {
  /** The program's path. */
  readonly command: string
  readonly version: NixVersion
  readonly settings: NixSettings
  /** Under which store paths lie, where that is not `/`; programs in it do not run from outside. */
  readonly storeRoot: string | undefined
  /** Runs `nix` with the features that we need switched on; gives the result whatever the exit code is. */
  run(args: readonly string[], options?: ExecOptions): Promise<ExecResult>
  /** Starts `nix` in the same way, for those who read its output as it is written. */
  start(args: readonly string[], options?: ExecOptions): ChildProcess
}

/** What stands around Nix; tests hand in their own. */
export interface NixContext {
  readonly exec: Exec
  readonly env: Readonly<Record<string, string | undefined>>
  /** The user's number; `undefined` where users have none. */
  readonly uid: number | undefined
  /** The file of groups, else `/etc/group`. */
  readonly groupFile?: string
  /** Where Nix keeps its state, else `/nix/var/nix`. */
  readonly stateFolder?: string
}

const FEATURES = ['--extra-experimental-features', 'nix-command flakes']

const HOW_TO_INSTALL =
  'Install Nix 2.8 or newer: the package nix-bin of your distribution, or see https://nixos.org/download'

/** Finds Nix and asks for its version and settings. Throws a `UserError` when there is none, or it is older than 2.8. */
export async function openNix(around: NixContext): Promise<Nix> {
  const command = await findNix(around.env)
  if (command === undefined) throw new UserError('Nix was not found', { hint: HOW_TO_INSTALL })
  const [version, settings] = await askBoth(around.exec, command)
  const options = await rootOptions(around, settings)
  const run: Nix['run'] = (args, runOptions) =>
    around.exec(command, [...FEATURES, ...options, ...args], runOptions)
  const startNix: Nix['start'] = (args, startOptions) =>
    startProgram(command, [...FEATURES, ...options, ...args], startOptions)
  const state = around.stateFolder ?? '/nix/var/nix'
  // Two at once stumble over each other when they set up a fresh store, so the first to come is alone.
  if (!(await isSetUp(around, settings, state)))
    await run(['store', hasSince(version, 2, 19) ? 'info' : 'ping'])
  const hasState = await exists(state)
  return {
    command,
    version,
    settings,
    run,
    start: startNix,
    storeRoot: findStoreRoot({ ...around, store: settings.store, hasState }),
  }
}

/** Neither question touches the store, so they are asked at once; a Nix that is too old is told as that. */
async function askBoth(exec: Exec, command: string): Promise<[NixVersion, NixSettings]> {
  const settings = askSettings(exec, command)
  settings.catch(() => {})
  const version = await askVersion(exec, command)
  return [version, await settings]
}

/** The first `nix` on PATH, or in the places where installers put it before a new login. */
export async function findNix(env: NixContext['env']): Promise<string | undefined> {
  const home = env.HOME === undefined ? [] : [join(env.HOME, '.nix-profile/bin')]
  const places = ['/nix/var/nix/profiles/default/bin', ...home, '/run/current-system/sw/bin']
  return findProgram([env.PATH ?? '', ...places].join(delimiter), 'nix')
}

async function askVersion(exec: Exec, command: string): Promise<NixVersion> {
  const result = await exec(command, ['--version'])
  const version = parseNixVersion(result.stdout)
  if (result.code !== 0 || version === undefined) {
    const said = result.stdout.trim() || lastLinesOf(result)
    throw new UserError(`${command} --version gave no version: ${said}`, { hint: HOW_TO_INSTALL })
  }
  if (isAtLeast(version, 2, 8)) return version
  throw new UserError(`Nix ${version.text} (${command}) is too old`, { hint: HOW_TO_INSTALL })
}

/** `nix config show` was `nix show-config` before 2.20, and forks renamed it in their own time. */
async function askSettings(exec: Exec, command: string): Promise<NixSettings> {
  const names = [['config', 'show'], ['show-config']]
  let said = ''
  for (const name of names) {
    const result = await exec(command, [...FEATURES, ...name, '--json'])
    if (result.code === 0) return parseSettings(result.stdout)
    said ||= lastLinesOf(result)
  }
  throw new UserError(`${command} did not tell its settings:\n${said}`)
}

/**
 * Root builds as members of a group that some packages do not make; without it nothing would build. The sandbox is
 * the same either way.
 */
async function rootOptions(around: NixContext, settings: NixSettings): Promise<string[]> {
  const direct = [around.env.NIX_REMOTE ?? '', settings.store].every(store => /^(auto|local)?$/.test(store))
  if (around.uid !== 0 || !direct || settings.buildUsersGroup === '') return []
  const hasUsers = await hasMembers(around.groupFile ?? '/etc/group', settings.buildUsersGroup)
  return hasUsers ? [] : ['--option', 'build-users-group', '']
}

/** Whether the store is the system's own, and is no fresh one: its schema is noted last when it is set up. */
async function isSetUp({ env }: NixContext, { store }: NixSettings, state: string): Promise<boolean> {
  const isOwn = [env.NIX_REMOTE ?? '', store].every(each => /^(auto|local|daemon)?$/.test(each))
  return isOwn && (await exists(join(state, 'db/schema')))
}

async function hasMembers(groupFile: string, group: string): Promise<boolean> {
  const text = await readFile(groupFile, 'utf8').catch(() => '')
  const fields = text.split('\n').map(line => line.split(':'))
  return fields.some(([name, , , members]) => name === group && members?.trim())
}

/** Which Nix it is: the original, or one of those that share its command line. */
type NixFlavour = 'nix' | 'determinate' | 'lix'

interface NixVersion {
  readonly flavour: NixFlavour
  readonly major: number
  readonly minor: number
  /** As it was printed, `2.34.8`. */
  readonly text: string
}

const PRINTED = /^nix \(([^)]*)\) ((\d+)\.(\d+)\S*)/m

/** Reads what `nix --version` prints, such as `nix (Nix) 2.34.8`; `undefined` when it is something else. */
export function parseNixVersion(printed: string): NixVersion | undefined {
  const [, name = '', text = '', major, minor] = PRINTED.exec(printed) ?? []
  if (major === undefined) return undefined
  return { flavour: flavourOf(name), major: Number(major), minor: Number(minor), text }
}

function flavourOf(name: string): NixFlavour {
  if (name.startsWith('Determinate')) return 'determinate'
  return name.startsWith('Lix') ? 'lix' : 'nix'
}

/** Whether it has what came to the original with a version after 2.18, where Lix left it. */
export function hasSince(version: NixVersion, major: number, minor: number): boolean {
  return version.flavour !== 'lix' && isAtLeast(version, major, minor)
}

export function isAtLeast(version: NixVersion, major: number, minor: number): boolean {
  return version.major > major || (version.major === major && version.minor >= minor)
}

/** What we read of Nix's settings. */
export interface NixSettings {
  /** The system that Nix builds for by itself, `x86_64-linux`. */
  readonly system: string
  readonly extraPlatforms: readonly string[]
  /** Machine lines, or `@` and the path of a file with such lines. */
  readonly builders: string
  /** Builds see only the store and `sandboxPaths`. */
  readonly sandbox: boolean
  readonly sandboxPaths: readonly string[]
  readonly buildUsersGroup: string
  /** `auto`, `local`, `daemon`, or a store's URL. */
  readonly store: string
  /** The addresses of all caches that Nix takes from. */
  readonly substituters: readonly string[]
  /** The file with credentials for caches; it need not be there. */
  readonly netrcFile: string
}

/** Reads the output of `nix config show --json`. A setting that this Nix does not have takes its usual value. */
export function parseSettings(json: string): NixSettings {
  const all = asObject(parseJson(json, "Nix's settings"), "Nix's settings")
  return {
    system: text(settingOf(all, 'system')),
    extraPlatforms: words(settingOf(all, 'extra-platforms')),
    builders: text(settingOf(all, 'builders')),
    sandbox: ![false, 'false'].includes(settingOf(all, 'sandbox') as never),
    sandboxPaths: sandboxPaths(settingOf(all, 'sandbox-paths')),
    buildUsersGroup: text(settingOf(all, 'build-users-group')),
    store: text(settingOf(all, 'store')) || 'auto',
    substituters: words(settingOf(all, 'substituters')),
    netrcFile: text(settingOf(all, 'netrc-file')),
  }
}

function settingOf(all: JsonObject, name: string): unknown {
  const setting = all[name]
  return setting === undefined ? undefined : asObject(setting, name).value
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function words(value: unknown): string[] {
  const list = Array.isArray(value) ? value.map(String) : text(value).split(/\s+/)
  return list.filter(Boolean)
}

/** Older versions give a list of `inside=outside`, newer ones an object whose keys are the paths inside. */
function sandboxPaths(value: unknown): string[] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return Object.keys(value)
  return words(value).map(entry => entry.replace(/[=?].*$/, ''))
}

interface StoreSurroundings {
  /** The setting `store`. */
  readonly store: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly uid: number | undefined
  /** Whether `/nix/var/nix` is there. */
  readonly hasState: boolean
}

/**
 * The folder under which store paths really lie, where that is not `/`: a store may be set to one, and a user of a machine
 * that has no `/nix/var/nix` gets one at home. Programs in such a store cannot be run from outside of it.
 */
export function findStoreRoot({ store, env, uid, hasState }: StoreSurroundings): string | undefined {
  if (store.startsWith('/')) return store
  const root = /^local\?(?:.*&)?root=([^&]+)/.exec(store)?.[1]
  if (root !== undefined) return decodeURIComponent(root)
  if (store !== 'auto' || hasState || uid === undefined || uid === 0) return undefined
  const data = env.XDG_DATA_HOME || join(env.HOME ?? '/', '.local/share')
  return join(data, 'nix/root')
}

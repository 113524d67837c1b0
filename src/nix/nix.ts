import type { ChildProcess } from 'node:child_process'
import { readFile, realpath } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { UserError } from '../util/error.js'
import { type Exec, type ExecOptions, type ExecResult, findProgram, startProgram } from '../util/exec.js'
import { exists } from '../util/files.js'
import { nameInput } from '../util/input-name.js'
import { asObject, type JsonObject, parseJson } from '../util/json.js'
import { decodePercent } from '../util/text.js'
import { lastLinesOf } from './parse-log-lines.js'

/** More store paths in one call of Nix may exceed the operating system's limit for arguments. */
const MAX_PATHS_PER_CALL = 1000

/** Splits a list of store paths into lists that fit in one call of Nix. */
export function batchPaths(paths: readonly string[]): (readonly string[])[] {
  const count = Math.ceil(paths.length / MAX_PATHS_PER_CALL)
  return Array.from({ length: count }, (_, n) =>
    paths.slice(n * MAX_PATHS_PER_CALL, (n + 1) * MAX_PATHS_PER_CALL),
  )
}

/** An installed Nix. */
export interface Nix {
  /** The path of the program. */
  readonly command: string
  readonly version: NixVersion
  readonly settings: NixSettings
  /** The folder that contains `/nix/store`, if it is not `/`. Programs in such a store cannot run outside of it. */
  readonly storeRoot: string | undefined
  /** Runs `nix` with the required experimental features, and returns the result for every exit code. */
  run(args: readonly string[], options?: ExecOptions): Promise<ExecResult>
  /** Starts `nix` like `run`, for callers that read its output as a stream. */
  start(args: readonly string[], options?: ExecOptions): ChildProcess
}

/** The parts of the machine that `openNix` uses. Tests replace them. */
export interface NixContext {
  readonly exec: Exec
  /** Runs the calls that read the version and the settings. Default: `exec`. */
  readonly execShort?: Exec
  readonly env: Readonly<Record<string, string | undefined>>
  /** The user's ID, or `undefined` on systems without user IDs. */
  readonly uid: number | undefined
  /**
   * Ignores the settings in flakes (`nixConfig`), which can name programs to run and turn off the sandbox. It is an error if
   * builds can run without the sandbox.
   */
  readonly isFlakeUntrusted?: boolean
  /** Default: `/etc/group`. */
  readonly groupFile?: string
  /** Nix's state folder. Default: `/nix/var/nix`. */
  readonly stateFolder?: string
}

/** The major and minor number of the oldest supported version. */
const MIN_VERSION = [2, 8] as const

const FEATURE_OPTIONS = ['--extra-experimental-features', 'nix-command flakes']

const SETUP_HINT =
  'Install it with `eval "$(nix-multiarch setup)"`, with the package nix-bin of your distribution, or see ' +
  'https://nixos.org/download'

const INSTALL_HINT =
  'Install Nix 2.8 or newer: the package nix-bin of your distribution, or see https://nixos.org/download'

/** Finds Nix and reads its version and settings. Throws a `UserError` if Nix is missing, or older than 2.8. */
export async function openNix(context: NixContext): Promise<Nix> {
  const command = await findNix(context.env)
  if (command === undefined) throw new UserError('Nix was not found', { hint: SETUP_HINT })
  const [version, settings] = await readVersionAndSettings(context.execShort ?? context.exec, command)
  const flakeOptions = context.isFlakeUntrusted ? ['--option', 'accept-flake-config', 'false'] : []
  if (context.isFlakeUntrusted) checkSandbox(settings)
  const options = [...FEATURE_OPTIONS, ...flakeOptions, ...(await chooseRootOptions(context, settings))]
  const run: Nix['run'] = (args, runOptions) => context.exec(command, [...options, ...args], runOptions)
  const startNix: Nix['start'] = (args, startOptions) =>
    startProgram(command, [...options, ...args], startOptions)
  const stateFolder = context.stateFolder ?? '/nix/var/nix'
  // Two processes that initialize a new store at the same time can fail, so initialize it with a single call.
  if (!(await isStoreReady(context, settings, stateFolder)))
    await run(['store', hasSince(version, 2, 19) ? 'info' : 'ping'])
  const hasState = await exists(stateFolder)
  return {
    command,
    version,
    settings,
    run,
    start: startNix,
    storeRoot: findStoreRoot({ ...context, store: settings.store, hasState }),
  }
}

function checkSandbox({ sandbox, isSandboxRelaxed }: NixSettings): void {
  if (sandbox && !isSandboxRelaxed) return
  throw new UserError(
    'Nix on this machine can build without its sandbox, but only the image names the source',
    {
      hint: `Set \`sandbox = true\` in nix.conf, or set ${nameInput('flake')} to a source that you trust.`,
    },
  )
}

/** The first `nix` on PATH, or in a folder that installers add to PATH only for new logins. */
export async function findNix(env: NixContext['env']): Promise<string | undefined> {
  return findProgram(listNixFolders(env).join(delimiter), 'nix')
}

/**
 * Like `findNix`, but skips programs that do not work or are too old if another one is good. If there is only one, its version is
 * not read, because `openNix` reads it anyway. If none is good, returns the first one, so that `openNix` describes its problem.
 */
export async function findGoodNix(env: NixContext['env'], exec: Exec): Promise<string | undefined> {
  const programs = await listNixPrograms(env)
  if (programs.length < 2) return programs[0]
  for (const program of programs) if (await isGoodNix(exec, program)) return program
  return programs[0]
}

async function isGoodNix(exec: Exec, program: string): Promise<boolean> {
  const result = await exec(program, ['--version']).catch(() => undefined)
  const version = result?.code === 0 ? parseNixVersion(result.stdout) : undefined
  return version !== undefined && isAtLeast(version, ...MIN_VERSION)
}

/** Lists the programs `nix` of this machine, in the order of `listNixFolders`, without other names of the same file. */
async function listNixPrograms(env: NixContext['env']): Promise<string[]> {
  const programs = new Map<string, string>()
  for (const folder of new Set(listNixFolders(env))) {
    const program = await findProgram(folder, 'nix')
    const file = program && (await realpath(program).catch(() => undefined))
    if (program && file && !programs.has(file)) programs.set(file, program)
  }
  return [...programs.values()]
}

/** PATH, and the folders of profiles: those of `NIX_PROFILES`, of the system, of this user, and of NixOS and Home Manager. */
function listNixFolders(env: NixContext['env']): string[] {
  const { HOME, NIX_PROFILES = '', PATH = '', USER = env.LOGNAME } = env
  const stateFolder = env.XDG_STATE_HOME || (HOME && join(HOME, '.local/state'))
  const profiles = [
    // From the least to the most important one (nix-profile.sh).
    ...NIX_PROFILES.split(' ').reverse(),
    '/nix/var/nix/profiles/default',
    HOME && join(HOME, '.nix-profile'),
    stateFolder && join(stateFolder, 'nix/profile'),
    USER && !USER.includes('/') && join('/etc/profiles/per-user', USER),
    '/run/current-system/sw',
  ]
  return [
    ...PATH.split(delimiter).filter(Boolean),
    ...profiles.filter(Boolean).map(profile => join(String(profile), 'bin')),
  ]
}

/** Runs both calls at the same time, because neither opens the store. If both fail, throws the error of the version. */
async function readVersionAndSettings(exec: Exec, command: string): Promise<[NixVersion, NixSettings]> {
  const settings = readSettings(exec, command)
  settings.catch(() => {})
  const version = await readVersion(exec, command)
  return [version, await settings]
}

async function readVersion(exec: Exec, command: string): Promise<NixVersion> {
  const result = await exec(command, ['--version'])
  const version = parseNixVersion(result.stdout)
  if (result.code !== 0 || version === undefined) {
    const output = result.stdout.trim() || lastLinesOf(result)
    throw new UserError(`${command} --version did not print a version: ${output}`, { hint: INSTALL_HINT })
  }
  if (isAtLeast(version, ...MIN_VERSION)) return version
  throw new UserError(`Nix ${version.text} (${command}) is too old`, { hint: INSTALL_HINT })
}

/** Nix 2.20 renamed `nix show-config` to `nix config show`. Forks renamed it in other versions. */
async function readSettings(exec: Exec, command: string): Promise<NixSettings> {
  const subcommands = [['config', 'show'], ['show-config']]
  let firstError = ''
  for (const subcommand of subcommands) {
    const result = await exec(command, [...FEATURE_OPTIONS, ...subcommand, '--json'])
    if (result.code === 0) return parseSettings(result.stdout)
    firstError ||= lastLinesOf(result)
  }
  throw new UserError(`${command} could not print its settings:\n${firstError}`)
}

/**
 * As root and without a daemon, Nix builds as the members of a group. Some packages of Nix do not create that group, and
 * every build fails. An empty `build-users-group` fixes this and does not change the sandbox.
 */
async function chooseRootOptions(context: NixContext, settings: NixSettings): Promise<string[]> {
  const stores = [context.env.NIX_REMOTE ?? '', settings.store]
  const isDirect = stores.every(store => /^(auto|local)?$/.test(store))
  if (context.uid !== 0 || !isDirect || settings.buildUsersGroup === '') return []
  const hasUsers = await hasMembers(context.groupFile ?? '/etc/group', settings.buildUsersGroup)
  return hasUsers ? [] : ['--option', 'build-users-group', '']
}

async function hasMembers(groupFile: string, group: string): Promise<boolean> {
  const text = await readFile(groupFile, 'utf8').catch(() => '')
  const entries = text.split('\n').map(line => line.split(':'))
  return entries.some(([name, , , members]) => name === group && members?.trim())
}

/** True if the system's store is used and is initialized. Nix writes `db/schema` last when it creates a store. */
async function isStoreReady(
  { env }: NixContext,
  { store }: NixSettings,
  stateFolder: string,
): Promise<boolean> {
  const isSystemStore = [env.NIX_REMOTE ?? '', store].every(each => /^(auto|local|daemon)?$/.test(each))
  return isSystemStore && (await exists(join(stateFolder, 'db/schema')))
}

interface StoreContext {
  /** The setting `store`. */
  readonly store: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly uid: number | undefined
  /** True if `/nix/var/nix` exists. */
  readonly hasState: boolean
}

/**
 * Finds the folder that contains `/nix/store`, if it is not `/`. The setting `store` may name one. If `/nix/var/nix` does
 * not exist, a user other than root gets a store in the home folder.
 */
export function findStoreRoot({ store, env, uid, hasState }: StoreContext): string | undefined {
  if (store.startsWith('/')) return store
  const root = /^local\?(?:.*&)?root=([^&]+)/.exec(store)?.[1]
  if (root !== undefined) return decodePercent(root)
  if (store !== 'auto' || hasState || uid === undefined || uid === 0) return undefined
  const dataFolder = env.XDG_DATA_HOME || join(env.HOME ?? '/', '.local/share')
  return join(dataFolder, 'nix/root')
}

/** The original Nix, or a fork with the same command line. */
type NixFlavour = 'nix' | 'determinate' | 'lix'

interface NixVersion {
  readonly flavour: NixFlavour
  readonly major: number
  readonly minor: number
  /** As printed, `2.34.8`. */
  readonly text: string
}

const VERSION_LINE = /^nix \(([^)]*)\) ((\d+)\.(\d+)\S*)/m

/** Parses the output of `nix --version`, for example `nix (Nix) 2.34.8`. Returns `undefined` if it is something else. */
export function parseNixVersion(output: string): NixVersion | undefined {
  const [, name = '', text = '', major, minor] = VERSION_LINE.exec(output) ?? []
  if (major === undefined) return undefined
  return { flavour: flavourOf(name), major: Number(major), minor: Number(minor), text }
}

function flavourOf(name: string): NixFlavour {
  if (name.startsWith('Determinate')) return 'determinate'
  return name.startsWith('Lix') ? 'lix' : 'nix'
}

/** True if this Nix has a feature that the original added after 2.18. Lix, a fork of 2.18, does not have it. */
export function hasSince(version: NixVersion, major: number, minor: number): boolean {
  return version.flavour !== 'lix' && isAtLeast(version, major, minor)
}

export function isAtLeast(version: NixVersion, major: number, minor: number): boolean {
  return version.major > major || (version.major === major && version.minor >= minor)
}

/** The settings of Nix that are used here. */
export interface NixSettings {
  /** The system that Nix builds for without other settings, `x86_64-linux`. */
  readonly system: string
  readonly extraPlatforms: readonly string[]
  /** Machine lines, or `@` and the path of a file with machine lines. */
  readonly builders: string
  /** True if builds see only the store and `sandboxPaths`. */
  readonly sandbox: boolean
  /** A derivation can turn the sandbox off. */
  readonly isSandboxRelaxed?: boolean
  readonly sandboxPaths: readonly string[]
  /** The file that builds see as `/bin/sh`; `undefined` if it is not known. */
  readonly sandboxShell: string | undefined
  readonly buildUsersGroup: string
  /** `auto`, `local`, `daemon`, or the URL of a store. */
  readonly store: string
  /** The URLs of the binary caches. */
  readonly substituters: readonly string[]
  /** The file with credentials for caches. It may not exist. */
  readonly netrcFile: string
}

/** Parses the output of `nix config show --json`. A setting that this version of Nix does not have gets its default. */
export function parseSettings(json: string): NixSettings {
  const settings = asObject(parseJson(json, "Nix's settings"), "Nix's settings")
  return {
    system: parseText(settingOf(settings, 'system')),
    extraPlatforms: parseList(settingOf(settings, 'extra-platforms')),
    builders: parseText(settingOf(settings, 'builders')),
    sandbox: ![false, 'false'].includes(settingOf(settings, 'sandbox') as never),
    ...(settingOf(settings, 'sandbox') === 'relaxed' && { isSandboxRelaxed: true }),
    sandboxPaths: parseSandboxPaths(settingOf(settings, 'sandbox-paths')),
    sandboxShell: findSandboxShell(settingOf(settings, 'sandbox-paths')),
    buildUsersGroup: parseText(settingOf(settings, 'build-users-group')),
    store: parseText(settingOf(settings, 'store')) || 'auto',
    substituters: parseList(settingOf(settings, 'substituters')),
    netrcFile: parseText(settingOf(settings, 'netrc-file')),
  }
}

function settingOf(settings: JsonObject, name: string): unknown {
  const setting = settings[name]
  return setting === undefined ? undefined : asObject(setting, name).value
}

function parseText(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function parseList(value: unknown): string[] {
  const list = Array.isArray(value) ? value.map(String) : parseText(value).split(/\s+/)
  return list.filter(Boolean)
}

/** Older versions of Nix print a list of `inside=outside`, newer versions an object with the inside paths as keys. */
function parseSandboxPaths(value: unknown): string[] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return Object.keys(value)
  return parseList(value).map(entry => entry.replace(/[=?].*$/, ''))
}

/** Newer versions print `{ source }` for each path. */
function findSandboxShell(value: unknown): string | undefined {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const shell = (value as JsonObject)['/bin/sh']
    const source = typeof shell === 'object' && shell !== null ? (shell as JsonObject).source : undefined
    return parseText(source) || undefined
  }
  const entry = parseList(value).find(path => path.startsWith('/bin/sh='))
  return entry?.slice('/bin/sh='.length).replace(/\?$/, '')
}

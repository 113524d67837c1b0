import type { ChildProcess } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { UserError } from '../util/error.js'
import { type Exec, type ExecOptions, type ExecResult, start } from '../util/exec.js'
import { exists } from '../util/files.js'
import { programOnPath } from '../util/program.js'
import { lastWords } from './log.js'
import { type NixSettings, parseSettings } from './settings.js'
import { storeRoot } from './store-root.js'
import { hasSince, isAtLeast, type NixVersion, parseNixVersion } from './version.js'

/** The most store paths that one call of Nix gets, so that the argument list stays below the system's limit. */
export const PATHS_PER_CALL = 1000

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
export interface NixSurroundings {
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
export async function openNix(around: NixSurroundings): Promise<Nix> {
  const command = await findNix(around.env)
  if (command === undefined) throw new UserError('Nix was not found', { hint: HOW_TO_INSTALL })
  const [version, settings] = await askBoth(around.exec, command)
  const options = await rootOptions(around, settings)
  const run: Nix['run'] = (args, runOptions) =>
    around.exec(command, [...FEATURES, ...options, ...args], runOptions)
  const startNix: Nix['start'] = (args, startOptions) =>
    start(command, [...FEATURES, ...options, ...args], startOptions)
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
    storeRoot: storeRoot({ ...around, store: settings.store, hasState }),
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
export async function findNix(env: NixSurroundings['env']): Promise<string | undefined> {
  const home = env.HOME === undefined ? [] : [join(env.HOME, '.nix-profile/bin')]
  const places = ['/nix/var/nix/profiles/default/bin', ...home, '/run/current-system/sw/bin']
  return programOnPath([env.PATH ?? '', ...places].join(delimiter), 'nix')
}

async function askVersion(exec: Exec, command: string): Promise<NixVersion> {
  const result = await exec(command, ['--version'])
  const version = parseNixVersion(result.stdout)
  if (result.code !== 0 || version === undefined) {
    const said = result.stdout.trim() || lastWords(result)
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
    said ||= lastWords(result)
  }
  throw new UserError(`${command} did not tell its settings:\n${said}`)
}

/**
 * Root builds as members of a group that some packages do not make; without it nothing would build. The sandbox is
 * the same either way.
 */
async function rootOptions(around: NixSurroundings, settings: NixSettings): Promise<string[]> {
  const direct = [around.env.NIX_REMOTE ?? '', settings.store].every(store => /^(auto|local)?$/.test(store))
  if (around.uid !== 0 || !direct || settings.buildUsersGroup === '') return []
  const hasUsers = await hasMembers(around.groupFile ?? '/etc/group', settings.buildUsersGroup)
  return hasUsers ? [] : ['--option', 'build-users-group', '']
}

/** Whether the store is the system's own, and is no fresh one: its schema is noted last when it is set up. */
async function isSetUp({ env }: NixSurroundings, { store }: NixSettings, state: string): Promise<boolean> {
  const isOwn = [env.NIX_REMOTE ?? '', store].every(each => /^(auto|local|daemon)?$/.test(each))
  return isOwn && (await exists(join(state, 'db/schema')))
}

async function hasMembers(groupFile: string, group: string): Promise<boolean> {
  const text = await readFile(groupFile, 'utf8').catch(() => '')
  const fields = text.split('\n').map(line => line.split(':'))
  return fields.some(([name, , , members]) => name === group && members?.trim())
}

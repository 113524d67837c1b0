import { randomUUID } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Host } from '../../host/host.js'
import {
  canCreateSandbox,
  makeSandboxCommand,
  type Sandbox,
  type SandboxOwner,
} from '../../image/sandbox/sandbox-command.js'
import type { ScriptIsolation } from '../../image/stream-script.js'
import { buildStream, isSandboxed } from '../../nix/build-stream.js'
import type { Nix } from '../../nix/nix.js'
import { UserError } from '../../util/error.js'
import { type Exec, exec } from '../../util/exec.js'
import { nameInput } from '../../util/input-name.js'
import { canUseRoot } from '../../util/run-as-root.js'

/** The input `stream-scripts`. */
export type StreamScripts = 'allow' | 'isolated'

/** The system that a script is for, and the options of Nix to build for it. */
export interface ScriptSystem {
  readonly system: string
  readonly options: readonly string[]
}

/** Finds out how stream scripts can be isolated on this machine. */
export interface ScriptIsolator {
  /** Throws a `UserError` if scripts cannot be isolated, but must be. Otherwise warns once. */
  isolate(target: ScriptSystem): Promise<ScriptIsolation>
  /** False if `isolate` would throw an error. */
  mayRun(target: ScriptSystem): Promise<boolean>
}

/** The parts of the machine that are used. Tests replace them. */
export interface IsolatorContext {
  readonly policy: StreamScripts
  readonly host: Pick<Host, 'log' | 'temp'>
  readonly exec?: Exec
  readonly platform?: string
  readonly uid?: number | undefined
  /** Default: `/etc`. */
  readonly etc?: string
}

export function createScriptIsolator(nix: Nix, context: IsolatorContext): ScriptIsolator {
  const { policy, host } = context
  let sandbox: Promise<ScriptIsolation | undefined> | undefined
  const bySystem = new Map<string, Promise<ScriptIsolation>>()
  let hasWarned = false
  const find = async (target: ScriptSystem): Promise<ScriptIsolation> => {
    sandbox ??= findSandbox(nix, context)
    return (await sandbox) ?? findDerivation(nix, target, host.temp)
  }
  const findOnce = (target: ScriptSystem): Promise<ScriptIsolation> => {
    const found = bySystem.get(target.system) ?? find(target)
    bySystem.set(target.system, found)
    return found
  }
  return {
    async isolate(target) {
      const isolation = await findOnce(target)
      host.log.debug(`Stream scripts for ${target.system}: ${isolation.how}`)
      if (isolation.how !== 'none') return isolation
      if (policy === 'isolated')
        throw new UserError(`Stream scripts cannot be isolated: ${REASON}`, { hint: HINT })
      if (!hasWarned) {
        host.log.warning(
          `A stream script runs as your user, and can read your files: ${REASON}. ${HINT} ` +
            `To make this an error, set ${nameInput('stream-scripts')} to \`isolated\`.`,
        )
      }
      hasWarned = true
      return isolation
    },
    async mayRun(target) {
      return policy === 'allow' || (await findOnce(target)).how !== 'none'
    },
  }
}

const REASON =
  'this user can neither become root without a password nor create a user namespace, and Nix has no sandbox with `/bin/sh`'

const HINT =
  'Set `sandbox = true` in nix.conf, and use Nix through a daemon; or use an image that is not streamed (buildLayeredImage).'

/** Returns `undefined` if neither root nor a user namespace can be used. */
async function findSandbox(
  nix: Nix,
  {
    host,
    exec: run = exec,
    platform = process.platform,
    uid = process.getuid?.(),
    etc = '/etc',
  }: IsolatorContext,
): Promise<ScriptIsolation | undefined> {
  if (platform !== 'linux') return undefined
  const mountPoint = join(host.temp, 'script-root')
  await mkdir(mountPoint, { recursive: true })
  const readable = [join(nix.storeRoot ?? '/', 'nix/store')]
  const shell = nix.settings.sandboxShell
  const id = await findUnusedId(etc)
  const asRoot = uid === 0 ? [] : ['sudo', '-n']
  const owners: SandboxOwner[] = (await canUseRoot({ exec: run, uid })) ? ['root', 'user'] : ['user']
  for (const owner of owners) {
    const sandbox: Sandbox = { owner, asRoot, id, mountPoint, readable, shell }
    const command = makeSandboxCommand(sandbox)
    if (await canCreateSandbox(command)) return { how: `${owner}-sandbox`, command, readable, shell }
  }
  return undefined
}

/** Ids that no system assigns: the range is marked as unused in the table of systemd, below `nobody`. */
const FIRST_ID = 65520
const LAST_ID = 65533

/**
 * Returns an id that no user and no group has. Not one of Nix's build users: before and after a build, Nix kills all processes of
 * the build user.
 */
async function findUnusedId(etc: string): Promise<number> {
  const files = ['passwd', 'group'].map(name => readFile(join(etc, name), 'utf8').catch(() => ''))
  const lines = (await Promise.all(files)).flatMap(text => text.split('\n'))
  const used = new Set(lines.map(line => Number(line.split(':')[2])))
  let id = LAST_ID
  while (used.has(id) && id > FIRST_ID) id--
  return id
}

async function findDerivation(nix: Nix, target: ScriptSystem, temp: string): Promise<ScriptIsolation> {
  if (nix.storeRoot !== undefined || !(await isSandboxed(nix, target))) return { how: 'none' }
  return {
    how: 'derivation',
    build: (script, signal) =>
      buildStream(nix, script, { ...target, link: join(temp, `stream-${randomUUID()}`), signal }),
  }
}

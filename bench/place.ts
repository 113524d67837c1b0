import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { FOLDER, REPOSITORY } from './machine.js'

/** The user on the machine without Nix: root, a user with sudo, or a user who owns /nix. */
export type PlaceUser = 'root' | 'sudo' | 'owner'

/** A machine with an empty /nix and without Nix. Closing it ends its processes. */
export interface Place {
  /** The command prefix that runs a command on the machine, in the folder. */
  readonly prefix: readonly string[]
  readonly variables: Readonly<Record<string, string>>
  /** Runs a shell script on the machine, untimed. Throws an `Error` with its output if it fails. */
  run(script: string): string
  close(): Promise<void>
}

const RUNNER = 1001
const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

export async function openPlace(user: PlaceUser, folder: string): Promise<Place> {
  const state = join(FOLDER, 'runs/place')
  rmSync(state, { recursive: true, force: true })
  execFileSync('mkdir', ['-p', state])
  const uid = user === 'root' ? 0 : RUNNER
  if (uid !== 0) execFileSync('chown', ['-R', `${uid}:${uid}`, folder])
  const keeper = await startKeeper(state)
  if (user === 'owner') chownSync(join(state, 'nix'), RUNNER, RUNNER)
  const prefix = [
    ...['nsenter', '--target', childOf(keeper), '--mount', '--pid', '--'],
    ...(uid === 0 ? [] : ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups']),
    ...['env', '--unset=NIX_REMOTE', '-C', join(folder, 'work')],
  ]
  const variables = {
    PATH: `${FOLDER}/bin:${SYSTEM_PATH}`,
    USER: uid === 0 ? 'root' : 'runner',
    // The installer writes root's profile to /root, regardless of HOME.
    HOME: uid === 0 ? '/root' : join(folder, 'home'),
    TMPDIR: join(folder, 'tmp'),
  }
  return {
    prefix,
    variables,
    run(script) {
      const [command = '', ...args] = [...prefix, 'bash', '-euc', script]
      return execFileSync(command, args, {
        env: { ...process.env, ...variables },
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      })
    },
    async close() {
      keeper.stdin?.end()
      if (keeper.exitCode === null) await once(keeper, 'exit')
      rmSync(state, { recursive: true, force: true })
    },
  }
}

async function startKeeper(state: string): Promise<ChildProcess> {
  const unshare = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc']
  const keeper = spawn('unshare', [...unshare, 'bash', join(REPOSITORY, 'bench/bare.sh'), state], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const failed = once(keeper, 'exit').then(() => {
    throw new Error('bench/bare.sh failed to set up a machine without Nix')
  })
  await Promise.race([once(keeper.stdout, 'data'), failed])
  failed.catch(() => undefined)
  return keeper
}

/** The id, in this namespace, of the first process in the new namespace. */
function childOf({ pid }: ChildProcess): string {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
}

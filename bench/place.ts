import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { FOLDER, REPOSITORY } from './machine.js'

/** How a contestant finds the machine without Nix: as root, as a user with sudo, or as one whose own /nix is. */
export type Standing = 'root' | 'sudo' | 'owner'

/** A machine with an empty /nix and no Nix. What is started there goes on until it is closed, and then ends. */
export interface Place {
  /** What to put before a command so that it runs there, in the folder. */
  readonly prefix: readonly string[]
  readonly variables: Readonly<Record<string, string>>
  /** Runs a shell script there, untimed. Throws an `Error` with all that it said when it fails. */
  run(script: string): string
  close(): Promise<void>
}

const RUNNER = 1001
const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

export async function openPlace(standing: Standing, folder: string): Promise<Place> {
  const state = join(FOLDER, 'runs/place')
  rmSync(state, { recursive: true, force: true })
  execFileSync('mkdir', ['-p', state])
  const user = standing === 'root' ? 0 : RUNNER
  if (user !== 0) execFileSync('chown', ['-R', `${user}:${user}`, folder])
  const keeper = await startKeeper(state)
  if (standing === 'owner') chownSync(join(state, 'nix'), RUNNER, RUNNER)
  const prefix = [
    ...['nsenter', '--target', childOf(keeper), '--mount', '--pid', '--'],
    ...(user === 0 ? [] : ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups']),
    ...['env', '--unset=NIX_REMOTE', '-C', join(folder, 'work')],
  ]
  const variables = {
    PATH: `${FOLDER}/bin:${SYSTEM_PATH}`,
    USER: user === 0 ? 'root' : 'runner',
    // As root's own home, where the installer leaves root's profile.
    HOME: user === 0 ? '/root' : join(folder, 'home'),
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
    throw new Error('no machine without Nix')
  })
  await Promise.race([once(keeper.stdout, 'data'), failed])
  failed.catch(() => undefined)
  return keeper
}

/** The first process of the new namespace, as it is called here. */
function childOf({ pid }: ChildProcess): string {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
}

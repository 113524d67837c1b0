import { constants } from 'node:fs'
import { access, realpath } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import type { Host } from '../../host/host.js'
import { isConfigured } from '../../install/configure.js'
import type { MachineRecorder } from '../../install/machine-recorder.js'
import { findInstalledPackage } from '../../install/provide-nix.js'
import { isDaemonAnswering } from '../../install/start-daemon.js'
import { findUnpackedNix } from '../../install/unpack.js'
import { findGoodNix, openNix } from '../../nix/nix.js'
import { UserError } from '../../util/error.js'
import { exec } from '../../util/exec.js'
import { exists } from '../../util/files.js'
import { nixContextOf } from './nix-context.js'

const NIX_FOLDER = '/nix'

/** A Nix on this machine. */
export interface FoundNix {
  /** The path of the program. */
  readonly program: string
  /**
   * `ready`; or `incomplete`: an earlier job installed it, and its daemon and settings were removed; or `stopped`: it is
   * another installation, and its daemon does not run.
   */
  readonly state: 'ready' | 'incomplete' | 'stopped'
}

/**
 * Finds a Nix and its state. If other jobs have set something up on this machine, this job joins them first, so that they do not
 * undo it while this job uses it. Returns `undefined` if there is no Nix.
 */
export async function findUsableNix(
  recorder: MachineRecorder | undefined,
  host: Host,
): Promise<FoundNix | undefined> {
  for (;;) {
    const hasJoined = await joinOtherJobs(recorder, host)
    const found = await findNixWithState(host)
    // A job may have set up the daemon in the meantime, and could end before this job.
    if (hasJoined || !(await recorder?.hasRecord())) return found
  }
}

/** Returns false if no other job has set up anything. Without root, a job can use the daemon but cannot join. */
async function joinOtherJobs(recorder: MachineRecorder | undefined, host: Host): Promise<boolean> {
  if (!(await recorder?.hasRecord())) return false
  try {
    return (await recorder?.lock(host, () => recorder.join())) ?? false
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    host.log.warning(
      `Another job may stop the Nix daemon while this job uses it, because this job cannot be recorded: ${error.message}`,
    )
    return true
  }
}

async function findNixWithState(host: Host): Promise<FoundNix | undefined> {
  const program = await findGoodNix(host.env, exec)
  if (program === undefined) return undefined
  if (await isDaemonAnswering()) return { program, state: 'ready' }
  if (await isInstalledByUs(program)) {
    // A job without a daemon adds Nix to PATH.
    const isPrepared = isOnPath(program, host.env) && !(await isConfigured())
    return { program, state: isPrepared ? 'ready' : 'incomplete' }
  }
  return { program, state: (await needsDaemon(host)) ? 'stopped' : 'ready' }
}

async function isInstalledByUs(program: string): Promise<boolean> {
  const folder = dirname(await realpath(program))
  const unpacked = await findUnpackedNix(NIX_FOLDER)
  return folder === (unpacked && join(unpacked.nix, 'bin')) || folder === (await findInstalledPackage())
}

/** True if this user cannot write to the store of this machine, and Nix is not configured to use another store. */
async function needsDaemon(host: Host): Promise<boolean> {
  const isLocal = (store: string): boolean => /^(auto|daemon)?$/.test(store)
  const stateFolder = join(NIX_FOLDER, 'var/nix')
  if (!isLocal(host.env.NIX_REMOTE ?? '') || !(await exists(stateFolder))) return false
  const database = join(stateFolder, 'db')
  if (await isWritable((await exists(database)) ? database : stateFolder)) return false
  return isLocal((await openNix(nixContextOf(host))).settings.store)
}

function isWritable(path: string): Promise<boolean> {
  return access(path, constants.W_OK).then(
    () => true,
    () => false,
  )
}

/** True if a shell that looks for the program in PATH finds it in this folder or an earlier one. */
export function isOnPath(program: string, { PATH = '' }: Host['env']): boolean {
  return PATH.split(delimiter).includes(dirname(program))
}

import type { Host } from '../../host/host.js'
import { MachineRecorder } from '../../install/machine-recorder.js'
import { exec } from '../../util/exec.js'

/**
 * Returns the recorder of the changes that a job makes to this machine. Returns `undefined` if nothing is undone: on GitHub's own
 * runners, which are deleted after the job, and for local commands without a state folder, which only `setup` creates.
 */
export function createRecorder({ env, stateFolder }: Host): MachineRecorder | undefined {
  const folder = stateFolder.existing
  if (process.platform !== 'linux' || isDeletedAfterJob(env) || folder === undefined) return undefined
  return new MachineRecorder({ folder, privileges: { exec, uid: process.getuid?.() } })
}

/** https://docs.github.com/actions/reference/workflows-and-actions/variables */
function isDeletedAfterJob(env: Host['env']): boolean {
  return env.RUNNER_ENVIRONMENT === 'github-hosted'
}

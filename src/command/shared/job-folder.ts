import { join } from 'node:path'
import { findMissingService } from '../../host/artifact-service.js'
import type { Host } from '../../host/host.js'
import { nameSetting } from '../../util/input-name.js'

/** The default folder for archives outside GitHub. */
const ARCHIVES_FOLDER = 'archives'

/** The folder for files that later steps of a job read. */
export function jobFolderOf({ env, temp }: Pick<Host, 'env' | 'temp'>): string {
  return join(env.RUNNER_TEMP || temp, 'nix-multiarch')
}

/** The default folder for archives. In a job, later steps can read it. */
export function archivesFolderOf(host: Pick<Host, 'kind' | 'env' | 'temp'>): string {
  return host.kind === 'github' ? join(jobFolderOf(host), ARCHIVES_FOLDER) : ARCHIVES_FOLDER
}

/** `This runner has no artifact service (…)`, with the reason; `undefined` on a local machine and with a service. */
export function describeMissingService({
  kind,
  env,
  artifacts,
}: Pick<Host, 'kind' | 'env' | 'artifacts'>): string | undefined {
  if (kind !== 'github' || artifacts !== undefined) return undefined
  const reason = findMissingService(env)
  return `This runner has no artifact service${reason === undefined ? '' : ` (${reason})`}`
}

/** Logs where the archives of a build are, if they cannot be uploaded. */
export function reportArchivesFolder(folder: string, host: Host): void {
  const problem = describeMissingService(host)
  if (problem === undefined) return
  const next =
    folder === archivesFolderOf(host)
      ? 'A merge in this job reads them there.'
      : `For the merge, set ${nameSetting('archives', folder)}.`
  host.log.info(`${problem}, so the archives are only in the folder ${folder}. ${next}`)
}

import type { Artifact, Host } from '../../host/host.js'
import { UserError } from '../../util/error.js'
import { formatBytes, quoteControlCharacters } from '../../util/text.js'
import { warnOnFailure } from './failures.js'

/**
 * The artifacts of the workflow run, listed once: the plan, the archives and the build reports are from one listing. Any job of
 * the run can upload artifacts at any time.
 */
export interface RunArtifacts {
  /** Returns all artifacts, also those with the same name. Throws a `UserError` if there is no artifact service. */
  list(): Promise<readonly Artifact[]>
  /** Returns no artifacts if they cannot be listed. The first failure causes a warning that starts with `consequence`. */
  listOptional(consequence: string): Promise<readonly Artifact[]>
  /** Downloads an artifact by its ID and returns its path. The name of the file is the name of the artifact. */
  download(artifact: Artifact): Promise<string>
}

/** Returns `undefined` on a local machine. Nothing is listed before the first use. */
export function openRunArtifacts(host: Pick<Host, 'artifacts' | 'temp' | 'log'>): RunArtifacts | undefined {
  const { artifacts, log } = host
  if (artifacts === undefined) return undefined
  let listed: Promise<readonly Artifact[]> | undefined
  let optional: Promise<readonly Artifact[]> | undefined
  const list = (): Promise<readonly Artifact[]> => {
    listed ??= artifacts.list()
    return listed
  }
  return {
    list,
    listOptional(consequence) {
      optional ??= warnOnFailure(consequence, log, list).then(found => found ?? [])
      return optional
    },
    // The first use of the temporary folder creates it.
    download: artifact => artifacts.download(artifact, host.temp),
  }
}

/**
 * Returns the only artifact of each name, in the order of `names`; names without an artifact are left out. Throws a `UserError`
 * if a name has more than one: a build job replaces the artifact of an earlier attempt, so another job has uploaded one of them.
 */
export function selectOnlyArtifacts(all: readonly Artifact[], names: readonly string[]): Artifact[] {
  const groups = names.map(name => all.filter(artifact => artifact.name === name))
  const duplicates = groups.filter(group => group.length > 1)
  if (duplicates.length > 0) {
    throw new UserError(
      `More than one artifact of this workflow run has the same name: ${duplicates.map(describeGroup).join('; ')}`,
      {
        hint:
          'Find the job that uploads an artifact of this name and is not the plan or build job. Delete the artifacts on the ' +
          'page of the run, and run all jobs again. Nothing was pushed.',
      },
    )
  }
  return groups.flat()
}

function describeGroup(group: readonly Artifact[]): string {
  const items = group.map(({ id, size }) => `ID ${id} with ${formatBytes(size)}`)
  return `${quoteControlCharacters(group[0]?.name ?? '')} (${items.join(', ')})`
}

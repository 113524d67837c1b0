import type { Host } from '../../host/host.js'
import { type Merged, summaryOf } from '../shared/merge-result.js'
import { readReports } from '../shared/report-artifacts.js'
import { mergeSummary } from '../summary/merge-summary.js'
import type { Trial } from '../summary/summary-use.js'
import type { MergeTimes } from '../summary/timeline.js'

export interface Telling {
  readonly times: MergeTimes
  readonly asArtifacts: boolean
  /** Of what was merged; what jobs report of others is left out. */
  readonly derivations: ReadonlySet<string>
}

/** Tells a person, and later steps, what was merged. */
export async function tellMerged(
  merged: readonly Merged[],
  host: Host,
  { times, asArtifacts, derivations }: Telling,
): Promise<void> {
  const pushed = merged.flatMap(each => each.pushed)
  const lines = {
    digest: merged.map(({ digest }) => digest),
    image: pushed.map(({ image }) => image),
    tags: pushed.flatMap(({ tags }) => tags),
    archives: merged.flatMap(({ archive }) => archive ?? []),
  }
  for (const [name, values] of Object.entries(lines)) host.output(name, values.join('\n'))
  host.output('json', JSON.stringify(merged))
  for (const done of merged) host.log.info(summaryOf(done))
  if (merged.length === 0) return
  const trial = asArtifacts ? trialOf(host) : undefined
  const { reports, unread } = await readReports(host, derivations)
  host.summary(mergeSummary(merged, reports, { times, unread, ...(trial && { trial }) }))
}

/** Where the archives of a run can be had that pushes nothing. */
function trialOf({ env }: Host): Trial | undefined {
  const { GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: run } = env
  return repository && run ? { repository, run } : undefined
}

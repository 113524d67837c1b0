import type { PackageVersion } from '../../github/packages.js'
import type { Log } from '../../host/host.js'
import { listSubjects, selectFirst, type UnusedVersion } from './examine-package.js'
import type { ManifestLinks } from './manifest-links.js'
import { type CompleteExamination, examineVersions, type PackageAccess } from './package-access.js'
import type { PruneRules } from './tag-rules.js'

/** What happened to a version that may go. */
export type PruneOutcome = 'unused' | 'deleted' | 'refused' | 'restored' | 'left'

export interface PrunedVersion {
  readonly version: PackageVersion
  /** Why it is not needed. */
  readonly why: string
  readonly outcome: PruneOutcome
  /** Why it was not deleted, or was restored. */
  readonly note?: string
  /** The token may not delete it. */
  readonly isForbidden?: boolean
}

/** The result for one package. */
export interface PruneReport {
  /** `ghcr.io/owner/name` */
  readonly name: string
  readonly isDryRun: boolean
  readonly versionCount: number
  /** The versions that may go. A dry run deletes none of them. */
  readonly versions: readonly PrunedVersion[]
  /** The number of versions that stay, by reason, the most frequent first. */
  readonly kept: readonly { readonly why: string; readonly count: number }[]
  /** The versions whose manifest cannot be read. */
  readonly unreadable: readonly { readonly version: PackageVersion; readonly why: string }[]
  /** Why the run ended before all were deleted, for example because of GitHub's limit of requests. */
  readonly failure?: unknown
}

export interface PruneOptions {
  readonly rules: PruneRules
  readonly isDryRun: boolean
  readonly log: Pick<Log, 'info' | 'warning'>
  readonly signal: AbortSignal
}

/** Deletions before the list of versions is read again. */
const BATCH_SIZE = 50

/**
 * Finds the versions of a package that nothing needs, and deletes them unless it is a dry run. Before that, restores versions
 * that an index needs: an earlier run was interrupted, or another tool has deleted them.
 */
export async function prunePackage(access: PackageAccess, options: PruneOptions): Promise<PruneReport> {
  const { rules, isDryRun } = options
  const links = new Map<string, ManifestLinks>()
  const list = await access.package.listVersions()
  const examination = await examineVersions(list, access, { rules, links })
  const { unused, missing } = examination
  if (isDryRun || (unused.length === 0 && missing.length === 0))
    return createReport(access, options, list.versions.length, examination, [])
  await access.package.checkMayDelete()
  const restored = await restoreMissing(missing, access, options)
  const deletions = new Deletions(access, options, links, unused)
  const report = (left: string): PruneReport => {
    const pruned = unused.map(({ version, why }): PrunedVersion => {
      return { version, why, ...(deletions.results.get(version.id) ?? { outcome: 'left', note: left }) }
    })
    return createReport(access, options, list.versions.length, examination, [...pruned, ...restored])
  }
  try {
    await deletions.run()
  } catch (failure) {
    // What was deleted is reported in any case.
    return { ...report('the run ended before'), failure }
  }
  return report('a version that stays needs it')
}

async function restoreMissing(
  missing: readonly string[],
  { name, package: container }: PackageAccess,
  { log }: PruneOptions,
): Promise<PrunedVersion[]> {
  if (missing.length === 0) return []
  const deleted = await container.listDeletedVersions()
  const restored: PrunedVersion[] = []
  for (const version of deleted.filter(({ digest }) => missing.includes(digest))) {
    if (!(await container.restoreVersion(version.id))) continue
    log.warning(`${name}@${version.digest} was deleted before this run and is restored: an index needs it`)
    restored.push({ version, why: 'an index needs it', outcome: 'restored' })
  }
  return restored
}

type Result = Pick<PrunedVersion, 'outcome' | 'note' | 'isForbidden'>

/** The deletions of one run. */
class Deletions {
  readonly #access: PackageAccess
  readonly #options: PruneOptions
  readonly #links: Map<string, ManifestLinks>
  /** The versions that were unused when the run began. No other version is deleted. */
  readonly #wanted: ReadonlyMap<number, UnusedVersion>
  readonly results = new Map<number, Result>()
  /** GitHub refused to restore them. */
  readonly #lost = new Set<number>()

  constructor(
    access: PackageAccess,
    options: PruneOptions,
    links: Map<string, ManifestLinks>,
    unused: readonly UnusedVersion[],
  ) {
    this.#access = access
    this.#options = options
    this.#links = links
    this.#wanted = new Map(unused.map(each => [each.version.id, each]))
  }

  /**
   * Before each batch, the list is read again: a push may have set tags, or an index may use an image again. After the last
   * batch, it is read once more.
   */
  async run(): Promise<void> {
    const { log } = this.#options
    for (;;) {
      const { unused, kept, missing } = await this.#examineAgain()
      const lost = this.#findLost(missing, [...kept.keys()])
      if (lost.length > 0) {
        await this.#restore(lost)
        continue
      }
      const batch = selectFirst(unused).slice(0, BATCH_SIZE)
      if (batch.length === 0) return
      for (const { version } of batch) await this.#delete(version)
      if (this.#mayDeleteNothing()) return
      log.info(`${this.#access.name}: ${this.#deletedIds().size} of ${this.#wanted.size} versions deleted`)
    }
  }

  async #examineAgain() {
    const list = await this.#access.package.listVersions(this.#deletedIds())
    const { rules } = this.#options
    const held = (version: PackageVersion): string | undefined => this.#whyHeld(version)
    return await examineVersions(list, this.#access, { rules, links: this.#links, held })
  }

  #deletedIds(): ReadonlySet<number> {
    return new Set([...this.results].flatMap(([id, { outcome }]) => (outcome === 'deleted' ? [id] : [])))
  }

  /** A token without the role for the package is refused each time. One more batch would only cost requests. */
  #mayDeleteNothing(): boolean {
    return [...this.results.values()].every(({ isForbidden }) => isForbidden === true)
  }

  #whyHeld({ id }: PackageVersion): string | undefined {
    if (!this.#wanted.has(id)) return 'not unused when the run began'
    return this.results.has(id) ? 'not deleted' : undefined
  }

  /**
   * Finds deleted versions that are needed after all: a push between the list and a deletion may have used them.
   *
   * @param missing digests that versions name which stay
   */
  #findLost(missing: readonly string[], kept: readonly PackageVersion[]): PackageVersion[] {
    const keptDigests = new Set(kept.map(({ digest }) => digest))
    const isNeeded = (version: PackageVersion): boolean =>
      missing.includes(version.digest) ||
      listSubjects(version, this.#links.get(version.digest)).some(subject => keptDigests.has(subject))
    const deletedIds = this.#deletedIds()
    return [...this.#wanted.values()]
      .map(({ version }) => version)
      .filter(({ id }) => deletedIds.has(id) && !this.#lost.has(id))
      .filter(version => !keptDigests.has(version.digest) && isNeeded(version))
  }

  async #restore(versions: readonly PackageVersion[]): Promise<void> {
    const { name, package: container } = this.#access
    for (const { id, digest } of versions) {
      const note = 'a push used it during the run'
      if (await container.restoreVersion(id)) {
        this.#record(id, { outcome: 'restored', note })
        this.#options.log.warning(`${name}@${digest} was deleted and is restored: ${note}`)
      } else {
        this.#lost.add(id)
        this.#options.log.warning(`${name}@${digest} was deleted, and GitHub does not restore it: ${note}`)
      }
    }
  }

  async #delete(version: PackageVersion): Promise<void> {
    const { signal } = this.#options
    signal.throwIfAborted()
    const { id } = version
    const current = await this.#access.package.readVersion(id)
    if (current === undefined) return this.#record(id, { outcome: 'deleted', note: 'another run deleted it' })
    if (!isUnchanged(version, current))
      return this.#record(id, { outcome: 'left', note: 'a push changed it during the run' })
    const deletion = await this.#access.package.deleteVersion(id)
    if (deletion.kind === 'refused') {
      const { status, message } = deletion.refusal
      return this.#record(id, { outcome: 'refused', note: message, isForbidden: [403, 404].includes(status) })
    }
    this.#record(id, { outcome: 'deleted' })
  }

  #record(id: number, result: Result): void {
    this.results.set(id, result)
  }
}

function isUnchanged(a: PackageVersion, b: PackageVersion): boolean {
  return (
    a.digest === b.digest &&
    a.updated.getTime() === b.updated.getTime() &&
    a.tags.toSorted().join() === b.tags.toSorted().join()
  )
}

function createReport(
  { name }: PackageAccess,
  { isDryRun }: PruneOptions,
  versionCount: number,
  { unused, kept, unreadable }: CompleteExamination,
  pruned: readonly PrunedVersion[],
): PruneReport {
  const counts = new Map<string, number>()
  for (const why of kept.values()) counts.set(why, (counts.get(why) ?? 0) + 1)
  const listed = unused.map(({ version, why }) => ({ version, why, outcome: 'unused' as const }))
  return {
    name,
    isDryRun,
    versionCount,
    versions: isDryRun ? listed : pruned,
    kept: [...counts].map(([why, count]) => ({ why, count })).sort((a, b) => b.count - a.count),
    unreadable: [...unreadable].map(([version, why]) => ({ version, why })),
  }
}

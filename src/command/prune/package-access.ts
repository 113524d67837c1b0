import type { PullRequestState } from '../../github/github-repository.js'
import type { ContainerPackage, VersionList } from '../../github/packages.js'
import { mapLimit } from '../../util/async.js'
import { type Examination, examinePackage, type PackageView } from './examine-package.js'
import type { ManifestLinks } from './manifest-links.js'
import { findPullRequests, type PruneRules, type RuleFacts } from './tag-rules.js'

/** A package on GitHub, with its manifests in the registry. */
export interface PackageAccess {
  /** `ghcr.io/owner/name` */
  readonly name: string
  readonly package: ContainerPackage
  /** @param digest the digest of a version; it may be one that the registry does not have */
  readLinks(digest: string): Promise<ManifestLinks>
  readPullRequestState(number: number): Promise<PullRequestState>
}

/** The result of an examination. */
export type CompleteExamination = Extract<Examination, { kind: 'complete' }>

const MANIFESTS_AT_ONCE = 8
const PULL_REQUESTS_AT_ONCE = 4

interface ExaminationOptions {
  readonly rules: PruneRules
  /** The manifests that this run has read. They do not change. */
  readonly links: Map<string, ManifestLinks>
  readonly held?: NonNullable<PackageView['held']>
}

/** Examines a list of versions: asks for pull requests, and reads the manifests that the decision depends on. */
export async function examineVersions(
  { versions, now }: VersionList,
  access: PackageAccess,
  { rules, links, held }: ExaminationOptions,
): Promise<CompleteExamination> {
  const facts = await readFacts({ versions, now }, access, rules)
  for (;;) {
    const examination = examinePackage({ versions, links, facts, held })
    if (examination.kind === 'complete') return examination
    await mapLimit(examination.unread, MANIFESTS_AT_ONCE, async digest => {
      links.set(digest, await access.readLinks(digest))
    })
  }
}

async function readFacts(
  { versions, now }: VersionList,
  { readPullRequestState }: PackageAccess,
  rules: PruneRules,
): Promise<RuleFacts> {
  const numbers = findPullRequests(versions, { rules, now, pullRequests: new Map() })
  const states = await mapLimit(numbers, PULL_REQUESTS_AT_ONCE, readPullRequestState)
  return { rules, now, pullRequests: new Map(numbers.map((number, n) => [number, states[n] ?? 'unknown'])) }
}

import type { CommitRelation } from '../../src/tags/may-move.js'

export interface Commit {
  readonly sha: string
  readonly date: Date
  readonly parents: readonly Commit[]
}

/** A history of commits with branches and merges. A child has a later date than its parents. */
export class History {
  readonly commits: readonly Commit[]
  readonly #ancestors = new Map<Commit, ReadonlySet<Commit>>()

  constructor(random: () => number, size: number) {
    const commits: Commit[] = []
    for (let index = 0; index < size; index++) {
      const recent = commits.slice(-6)
      const count = index === 0 ? 0 : random() < 0.2 ? 2 : 1
      const parents = Array.from({ length: count }, () => recent[Math.floor(random() * recent.length)])
      const commit = {
        sha: String(index + 1)
          .padStart(40, '0')
          .split('')
          .reverse()
          .join(''),
        date: new Date(Date.UTC(2024, 0, 1) + index * 60_000),
        parents: parents.filter(parent => parent !== undefined),
      }
      const all = commit.parents.flatMap(parent => [parent, ...(this.#ancestors.get(parent) ?? [])])
      this.#ancestors.set(commit, new Set(all))
      commits.push(commit)
    }
    this.commits = commits
  }

  isAncestor(one: Commit, of: Commit): boolean {
    return this.#ancestors.get(of)?.has(one) ?? false
  }

  relation(ours: Commit, theirs: Commit): CommitRelation {
    if (ours === theirs) return 'same'
    if (this.isAncestor(ours, theirs)) return 'ancestor'
    return this.isAncestor(theirs, ours) ? 'descendant' : 'diverged'
  }
}

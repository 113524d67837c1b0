import type { Affixes } from './affixes.js'
import type { Line } from './line.js'
import type { GitRef } from './subject.js'

/**
 * Why a tag may move, which is decided against what the registry has:
 * - `exact` names one version, and is never rewritten;
 * - `newest` names the newest version of a line (`latest`, `1`, `1.2`), and moves only to newer ones;
 * - `branch` follows a branch, and does not move to a commit that is an ancestor of what it holds;
 * - `free` is set as it was asked for.
 */
export type TagKind = 'exact' | 'newest' | 'branch' | 'free'

/** A tag that a run asks for. */
export interface Wanted {
  readonly tag: string
  readonly kind: TagKind
  /** Of a `newest` tag: among which versions ours has to be the newest. */
  readonly among?: Among
}

export interface Among {
  /** Ours, as it stands in tags. */
  readonly version: string
  readonly line: Line
  /** What the versions' own tags have before and after the version. */
  readonly affixes: Affixes
}

/** What tags are made from. */
export interface TagSubject {
  /** Of the input, else of the image; may be no semver. */
  readonly version?: string
  readonly ref: GitRef
  readonly now: Date
}

import type { Host } from '../../host/host.js'
import type { Container } from '../../nix/container.js'
import type { Nix } from '../../nix/nix.js'
import { mapLimit } from '../../util/async.js'
import { leaveUnfinished, type Save } from '../setup/unfinished.js'
import { careful } from '../shared/careful.js'
import { type Attempt, attempt } from '../shared/failures.js'
import { fileOf } from './build-container.js'
import type { ImageCache } from './image-cache.js'
import { type PushRequest, pushBuilt } from './push-built.js'
import type { StoreCache } from './store-cache.js'

/** What came of a build. */
export interface Results {
  readonly store: StoreCache | undefined
  readonly images: ImageCache
  /** What the image cache did not have. */
  readonly rest: readonly Container[]
  /** What of it was built. */
  readonly built: readonly Container[]
  /** How many the image cache had. */
  readonly cached: number
}

export interface HandOnOptions {
  readonly nix: Nix
  readonly inputs: PushRequest
  readonly host: Host
  readonly signal: AbortSignal
  /** Where the archives lie, if there are any. */
  readonly folder: string | undefined
}

/** Where a file cannot have two names it is copied. */
const COPIES_AT_ONCE = 2

/**
 * Pushes what was built, and lays aside what later runs can use, while Nix is there; it is saved after the job. Archives come last:
 * a run that finds them pushes nothing.
 */
export async function handOn(
  { store, images, rest, ...results }: Results,
  { nix, inputs, host, signal, folder }: HandOnOptions,
): Promise<Attempt<void>> {
  await leaveSaves([await store?.collect(nix, rest)], host)
  const pushed = await attempt('pushing', () => pushBuilt(nix, results, inputs, host, signal))
  if (pushed.done && folder !== undefined) {
    const archives = await mapLimit(results.built, COPIES_AT_ONCE, each =>
      images.remember(each, fileOf(each, folder)),
    )
    await leaveSaves(archives, host)
  }
  return pushed
}

async function leaveSaves(saves: readonly (Save | undefined)[], host: Host): Promise<void> {
  const all = saves.filter(save => save !== undefined)
  if (all.length === 0) return
  await careful('Nothing is saved for later runs', host.log, () => leaveUnfinished(host.kept, { saves: all }))
}

import { stat } from 'node:fs/promises'
import type { StagingOptions } from './pack-layers.js'

/** A smaller file is compressed again before a thread has been started. */
const WORTH_A_THREAD = 1 << 20

/** Whether layers may be taken out of a file as they are compressed there: not where a level is asked for. */
export async function isCuttable(
  path: string,
  compression: 'gzip' | 'zstd',
  { encoding, level }: Pick<StagingOptions, 'encoding' | 'level'>,
): Promise<boolean> {
  if (compression !== 'gzip' || encoding !== 'gzip' || level !== undefined) return false
  return (await stat(path)).size >= WORTH_A_THREAD
}

import { pruneImages } from '../command/prune/prune.js'
import { PRUNE_INPUTS } from '../input/input-table.js'
import { runAction } from './action.js'

export function start(): Promise<void> {
  return runAction(PRUNE_INPUTS, pruneImages)
}

import { merge } from '../command/merge/merge.js'
import { MERGE_INPUTS } from '../input/input-table.js'
import { runAction } from './action.js'

export function start(): Promise<void> {
  return runAction(MERGE_INPUTS, merge)
}

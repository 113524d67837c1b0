import { verifyInAction } from '../command/verify-image.js'
import { VERIFY_INPUTS } from '../input/input-table.js'
import { runAction } from './action.js'

export function start(): Promise<void> {
  return runAction(VERIFY_INPUTS, verifyInAction)
}

import { publish } from '../command/publish.js'
import { PUBLISH_INPUTS } from '../input/input-table.js'
import { runAction } from './action.js'

export function start(): Promise<void> {
  return runAction(PUBLISH_INPUTS, publish)
}

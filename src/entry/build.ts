import { build } from '../command/build/build.js'
import { BUILD_INPUTS } from '../input/input-table.js'
import { runAction } from './action.js'

export function start(): Promise<void> {
  return runAction(BUILD_INPUTS, build)
}

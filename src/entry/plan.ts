import { plan } from '../command/plan/plan.js'
import { PLAN_INPUTS } from '../input/input-table.js'
import { runAction } from './action.js'

export function start(): Promise<void> {
  return runAction(PLAN_INPUTS, plan)
}

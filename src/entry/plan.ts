import { plan } from '../command/plan/plan.js'
import { githubHost } from '../host/github.js'
import { readSecretly, takeActionInputs } from '../input/input.js'
import { PLAN_INPUTS } from '../input/inputs.js'
import { run } from './run.js'

export async function start(): Promise<void> {
  const host = githubHost()
  await run(host, async signal => {
    const inputs = readSecretly(PLAN_INPUTS, takeActionInputs(process.env), host)
    await plan(inputs, host, signal)
  })
}

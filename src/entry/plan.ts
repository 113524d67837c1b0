import { plan } from '../command/plan/plan.js'
import { createGitHubHost } from '../host/github.js'
import { PLAN_INPUTS } from '../input/input-table.js'
import { readInputsAndMaskSecrets, takeActionInputs } from '../input/read-inputs.js'
import { run } from './run.js'

export async function start(): Promise<void> {
  await run(createGitHubHost, async host => {
    const inputs = readInputsAndMaskSecrets(PLAN_INPUTS, takeActionInputs(process.env), host)
    await plan(inputs, host)
  })
}

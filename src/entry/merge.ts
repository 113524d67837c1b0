import { merge } from '../command/merge/merge.js'
import { githubHost } from '../host/github.js'
import { readSecretly, takeActionInputs } from '../input/input.js'
import { MERGE_INPUTS } from '../input/inputs.js'
import { run } from './run.js'

export async function start(): Promise<void> {
  const host = githubHost()
  await run(host, async signal => {
    const inputs = readSecretly(MERGE_INPUTS, takeActionInputs(process.env), host)
    await merge(inputs, host, signal)
  })
}

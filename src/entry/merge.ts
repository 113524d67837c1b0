import { merge } from '../command/merge/merge.js'
import { createGitHubHost } from '../host/github.js'
import { readInputsAndMaskSecrets, takeActionInputs } from '../input/input.js'
import { MERGE_INPUTS } from '../input/inputs.js'
import { run } from './run.js'

export async function start(): Promise<void> {
  await run(createGitHubHost, async host => {
    const inputs = readInputsAndMaskSecrets(MERGE_INPUTS, takeActionInputs(process.env), host)
    await merge(inputs, host)
  })
}

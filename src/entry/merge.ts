import { merge } from '../command/merge/merge.js'
import { createGitHubHost } from '../host/github.js'
import { MERGE_INPUTS } from '../input/input-table.js'
import { readInputsAndMaskSecrets, takeActionInputs } from '../input/read-inputs.js'
import { run } from './run.js'

export async function start(): Promise<void> {
  await run(createGitHubHost, async host => {
    const inputs = readInputsAndMaskSecrets(MERGE_INPUTS, takeActionInputs(process.env), host)
    await merge(inputs, host)
  })
}

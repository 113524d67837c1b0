import { build } from '../command/build/build.js'
import { createGitHubHost } from '../host/github.js'
import { BUILD_INPUTS } from '../input/input-table.js'
import { readInputsAndMaskSecrets, takeActionInputs } from '../input/read-inputs.js'
import { run } from './run.js'

export async function start(): Promise<void> {
  await run(createGitHubHost, async host => {
    const inputs = readInputsAndMaskSecrets(BUILD_INPUTS, takeActionInputs(process.env), host)
    await build(inputs, host)
  })
}

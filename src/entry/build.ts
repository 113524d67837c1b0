import { build } from '../command/build/build.js'
import { createGitHubHost } from '../host/github.js'
import { readInputsAndMaskSecrets, takeActionInputs } from '../input/input.js'
import { BUILD_INPUTS } from '../input/inputs.js'
import { run } from './run.js'

export async function start(): Promise<void> {
  await run(createGitHubHost, async host => {
    const inputs = readInputsAndMaskSecrets(BUILD_INPUTS, takeActionInputs(process.env), host)
    await build(inputs, host)
  })
}

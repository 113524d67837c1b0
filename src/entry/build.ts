import { build } from '../command/build/build.js'
import { githubHost } from '../host/github.js'
import { readSecretly, takeActionInputs } from '../input/input.js'
import { BUILD_INPUTS } from '../input/inputs.js'
import { run } from './run.js'

export async function start(): Promise<void> {
  const host = githubHost()
  await run(host, async signal => {
    const inputs = readSecretly(BUILD_INPUTS, takeActionInputs(process.env), host)
    await build(inputs, host, signal)
  })
}

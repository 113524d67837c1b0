import { build } from '../command/build.js'
import { githubHost } from '../host/github.js'
import { actionSource, readSecretly } from '../input/input.js'
import { BUILD_INPUTS } from '../input/inputs.js'
import { run } from './run.js'

const host = githubHost()

await run(host, async signal => {
  const inputs = readSecretly(BUILD_INPUTS, actionSource(host.env), host)
  await build(inputs, host, signal)
})

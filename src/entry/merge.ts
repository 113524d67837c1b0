import { merge } from '../command/merge.js'
import { githubHost } from '../host/github.js'
import { actionSource, readInputs } from '../input/input.js'
import { MERGE_INPUTS } from '../input/inputs.js'
import { run } from './run.js'

const host = githubHost()

await run(host, async signal => {
  const inputs = readInputs(MERGE_INPUTS, actionSource(host.env))
  for (const secret of [inputs.password, inputs.githubToken]) if (secret !== undefined) host.secret(secret)
  await merge(inputs, host, signal)
})

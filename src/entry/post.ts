import { finish } from '../command/setup/post-job.js'
import { createGitHubHost } from '../host/github.js'
import { takeActionInputs } from '../input/read-inputs.js'
import { messageOf } from '../util/error.js'
import { run } from './run.js'

export async function start(): Promise<void> {
  // The runner passes the inputs of the action to the post step too. They are not needed here.
  takeActionInputs(process.env)
  // The work of the job is done: a failure here must not fail the job.
  await run(createGitHubHost, async host => {
    await finish(host).catch(error => host.log.warning(`Cannot clean up after the job: ${messageOf(error)}`))
    return undefined
  })
}

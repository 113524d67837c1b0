import { finish } from '../command/setup/finish.js'
import { createGitHubHost } from '../host/github.js'
import { takeActionInputs } from '../input/input.js'
import { messageOf } from '../util/error.js'
import { run } from './run.js'

// They come again, and are of no use here.
takeActionInputs(process.env)

// The job is done: whatever happens here must not make it red.
await run(createGitHubHost, async host => {
  await finish(host).catch(error => host.log.warning(`Cleaning up did not work: ${messageOf(error)}`))
})

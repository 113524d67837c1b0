import { finish } from '../command/finish.js'
import { githubHost } from '../host/github.js'
import { messageOf } from '../util/error.js'
import { run } from './run.js'

const host = githubHost()

// The job is done: whatever happens here must not make it red.
await run(host, () =>
  finish(host).catch(error => host.log.warning(`Cleaning up did not work: ${messageOf(error)}`)),
)

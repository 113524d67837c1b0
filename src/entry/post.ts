import { finish } from '../command/setup/finish.js'
import { githubHost } from '../host/github.js'
import { takeActionInputs } from '../input/input.js'
import { messageOf } from '../util/error.js'
import { run } from './run.js'

export async function start(): Promise<void> {
  const host = githubHost()
  // They come again, and are of no use here.
  takeActionInputs(process.env)
  // The job is done: whatever happens here must not make it red.
  await run(host, async () => {
    await finish(host).catch(error => host.log.warning(`Cleaning up did not work: ${messageOf(error)}`))
  })
}

import { createGitHubHost } from '../host/github.js'
import type { Host } from '../host/host.js'
import {
  type InputTable,
  readInputsAndMaskSecrets,
  takeActionInputs,
  type Values,
} from '../input/read-inputs.js'
import { run } from './run.js'

/** Runs a command as a step of a GitHub Actions job. */
export async function runAction<Table extends InputTable>(
  inputs: Table,
  command: (inputs: Values<Table>, host: Host) => Promise<unknown>,
): Promise<void> {
  await run(createGitHubHost, async host => {
    await command(readInputsAndMaskSecrets(inputs, takeActionInputs(process.env), host), host)
    return undefined
  })
}

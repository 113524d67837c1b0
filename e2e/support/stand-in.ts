import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { RegistryOptions } from '../../__tests__/support/registry.js'
import { ROOT } from './machine.js'
import type { RegistryProcess } from './registry.js'

/** A Node.js that can run TypeScript. The one that runs the tests may be too old. */
const NODE = join(ROOT, 'node_modules/.bin/node')
const PROGRAM = join(ROOT, '__tests__/support/registry-cli.js')

/** Starts the stand-in for a registry in a separate process. `stop` throws if a client broke a rule. */
export async function startStandIn(options: RegistryOptions = {}): Promise<Omit<RegistryProcess, 'writes'>> {
  const env = { ...process.env, NODE_OPTIONS: '' }
  const child = spawn(NODE, [PROGRAM, JSON.stringify(options)], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const complaints = text(child.stderr)
  const ended = once(child, 'exit')
  const [first] = (await Promise.race([once(child.stdout, 'data'), ended])) as unknown[]
  if (!Buffer.isBuffer(first)) throw new Error(`the stand-in did not start: ${await complaints}`)
  return {
    address: first.toString().trim(),
    async stop() {
      child.kill()
      const [code] = await ended
      if (code !== 0) throw new Error(await complaints)
    },
  }
}

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { exec } from '../../src/util/exec.js'
import { outputOf, ROOT, TOOLS } from './machine.js'

const SCRIPT = join(ROOT, 'e2e/lib/registry.sh')

const WRITE = /"(method":")?(POST|PATCH|PUT|DELETE)[ "].*$/gm

/** A real registry on the loopback. */
export interface RealRegistry {
  /** `127.0.0.1:PORT` */
  readonly address: string
  /** Requests that change something, so far. */
  writes(): number
  stop(): Promise<void>
}

export async function startRegistry(options: readonly string[] = []): Promise<RealRegistry> {
  const folder = mkdtempSync(join(TOOLS, 'registry-'))
  const address = outputOf(await exec('bash', [SCRIPT, 'start', ...options, folder])).trim()
  return {
    address,
    // Both kinds write a line for each request, with the method first or as JSON.
    writes: () => readFileSync(join(folder, 'log'), 'utf8').match(WRITE)?.length ?? 0,
    async stop() {
      outputOf(await exec('bash', [SCRIPT, 'stop', folder]))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** What an image's entry point prints, run for a platform by podman, or by umoci and chroot. */
export async function runImage(
  image: string,
  platform: string,
  runtime: 'podman' | 'umoci',
): Promise<string> {
  const args = [join(ROOT, 'e2e/lib/run-image.sh'), '--with', runtime, platform, image]
  return outputOf(await exec('bash', args, { env: { NODE_OPTIONS: undefined } })).trim()
}

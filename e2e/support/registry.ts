import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { exec } from '../../src/util/exec.js'
import { outputOf, ROOT, TOOLS } from './machine.js'

const SCRIPT = join(ROOT, 'e2e/lib/registry.sh')

/** A real registry on the loopback. */
export interface RealRegistry {
  /** `127.0.0.1:PORT` */
  readonly address: string
  stop(): Promise<void>
}

export async function startRegistry(options: readonly string[] = []): Promise<RealRegistry> {
  const folder = mkdtempSync(join(TOOLS, 'registry-'))
  const address = outputOf(await exec('bash', [SCRIPT, 'start', ...options, folder])).trim()
  return {
    address,
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

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { exec } from '../../src/util/exec.js'
import { outputOf, ROOT, TOOLS } from './machine.js'

const SCRIPT = join(ROOT, 'e2e/lib/registry.sh')

const WRITE = /"(method":")?(POST|PATCH|PUT|DELETE)[ "].*$/gm

/** docker-registry, distribution 3 or zot on a loopback port. */
export interface RegistryProcess {
  /** `127.0.0.1:PORT` */
  readonly address: string
  /** The number of POST, PATCH, PUT and DELETE requests so far. */
  writes(): number
  stop(): Promise<void>
}

export async function startRegistry(options: readonly string[] = []): Promise<RegistryProcess> {
  const folder = mkdtempSync(join(TOOLS, 'registry-'))
  const address = outputOf(await exec('bash', [SCRIPT, 'start', ...options, folder])).trim()
  return {
    address,
    // All log each request on a line: distribution with the method first, zot as JSON.
    writes: () => readFileSync(join(folder, 'log'), 'utf8').match(WRITE)?.length ?? 0,
    async stop() {
      outputOf(await exec('bash', [SCRIPT, 'stop', folder]))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Runs the entry point of an image with podman, or with umoci and chroot. Returns its output. */
export async function runImage(
  image: string,
  platform: string,
  runtime: 'podman' | 'umoci',
): Promise<string> {
  const args = [join(ROOT, 'e2e/lib/run-image.sh'), '--with', runtime, platform, image]
  return outputOf(await exec('bash', args, { env: { NODE_OPTIONS: undefined } })).trim()
}

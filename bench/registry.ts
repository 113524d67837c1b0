import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { FOLDER, REPOSITORY } from './machine.js'

const SCRIPT = join(REPOSITORY, 'e2e/lib/registry.sh')

/** An empty distribution registry on the loopback. */
export interface Registry {
  /** `127.0.0.1:PORT` */
  readonly address: string
  stop(): void
}

export function startRegistry(): Registry {
  const folder = mkdtempSync(join(FOLDER, 'runs/registry-'))
  const address = execFileSync('bash', [SCRIPT, 'start', folder], { encoding: 'utf8' }).trim()
  return {
    address,
    stop() {
      execFileSync('bash', [SCRIPT, 'stop', folder])
      rmSync(folder, { recursive: true })
    },
  }
}

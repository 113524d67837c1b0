import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Answered, readAccessLog, uploadedBytes } from './access-log.js'
import { FOLDER, REPOSITORY, workedSeconds } from './machine.js'

const SCRIPT = join(REPOSITORY, 'e2e/lib/registry.sh')

/** What a registry was asked and did between two moments. */
export interface Tally {
  /** Requests, of whatever kind and with whatever answer. */
  readonly requests: number
  /** Bodies of blobs and manifests that were sent to it, in bytes. */
  readonly sent: number
  readonly registrySeconds: number
}

/** A moment in a registry's life. */
interface Mark {
  readonly requests: number
  readonly seconds: number
}

/** A distribution registry on the loopback. */
export interface Registry {
  /** `127.0.0.1:PORT` */
  readonly address: string
  mark(): Promise<Mark>
  since(mark: Mark): Promise<Tally>
  /** Lets a folder have what the registry holds, for others to begin with. */
  keep(folder: string): void
  stop(): void
}

/** Empty, or with what another one has left in a folder, which stays as it is. */
export function startRegistry(filled?: string): Registry {
  const folder = mkdtempSync(join(FOLDER, 'runs/registry-'))
  const data = join(folder, 'data')
  if (filled !== undefined) takeOver(filled, data)
  const address = execFileSync('bash', [SCRIPT, 'start', folder], { encoding: 'utf8' }).trim()
  const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'))
  const answered = (): Promise<readonly Answered[]> => answeredSoFar(address, join(folder, 'log'))
  return {
    address,
    async mark() {
      return { requests: (await answered()).length, seconds: workedSeconds(pid) }
    },
    async since(mark) {
      const registrySeconds = workedSeconds(pid) - mark.seconds
      const requests = (await answered()).slice(mark.requests, -1)
      return { requests: requests.length, sent: uploadedBytes(data, requests), registrySeconds }
    },
    keep(to) {
      execFileSync('cp', ['--archive', '--link', data, to])
    },
    stop() {
      execFileSync('bash', [SCRIPT, 'stop', folder])
      rmSync(folder, { recursive: true })
    },
  }
}

/** Blobs never change in their place, so links do; all else is copied. */
function takeOver(filled: string, data: string): void {
  const root = join(data, 'docker/registry/v2')
  execFileSync('mkdir', ['-p', root])
  execFileSync('cp', ['--archive', '--link', join(filled, 'docker/registry/v2/blobs'), root])
  execFileSync('cp', ['--archive', join(filled, 'docker/registry/v2/repositories'), root])
}

let asked = 0

/** All requests up to one of our own, the last, by which it is known that the log is complete. */
async function answeredSoFar(address: string, log: string): Promise<readonly Answered[]> {
  const uri = `/v2/?mark=${asked++}`
  await (await fetch(`http://${address}${uri}`, { headers: { connection: 'close' } })).arrayBuffer()
  for (let patience = 100; patience > 0; patience--) {
    const requests = existsSync(log) ? readAccessLog(log) : []
    if (requests.at(-1)?.uri === uri) return requests
    await sleep(20)
  }
  throw new Error(`${log} does not show ${uri}`)
}

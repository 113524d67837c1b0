import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type AnsweredRequest, readAccessLog, uploadedBytes } from './access-log.js'
import { cpuSecondsOf, FOLDER, REPOSITORY } from './machine.js'

const SCRIPT = join(REPOSITORY, 'e2e/lib/registry.sh')

/** The work of a registry in a period. */
export interface Tally {
  /** All requests, with any method and status. */
  readonly requests: number
  /** Bytes of uploaded blobs and manifests. */
  readonly sent: number
  readonly registrySeconds: number
}

/** The counters of a registry at a point in time. */
interface Mark {
  readonly requests: number
  readonly seconds: number
}

/** docker-registry on the loopback. */
export interface Registry {
  /** `127.0.0.1:PORT` */
  readonly address: string
  mark(): Promise<Mark>
  since(mark: Mark): Promise<Tally>
  /** Saves the registry's data to a folder, from which other registries can start. */
  keep(folder: string): void
  stop(): void
}

/** Starts a registry, empty or with a copy of the data in a folder. */
export function startRegistry(filled?: string): Registry {
  const folder = mkdtempSync(join(FOLDER, 'runs/registry-'))
  const data = join(folder, 'data')
  if (filled !== undefined) copyData(filled, data)
  const address = execFileSync('bash', [SCRIPT, 'start', folder], { encoding: 'utf8' }).trim()
  const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'))
  const answered = (): Promise<readonly AnsweredRequest[]> => requestsSoFar(address, join(folder, 'log'))
  return {
    address,
    async mark() {
      return { requests: (await answered()).length, seconds: cpuSecondsOf(pid) }
    },
    async since(mark) {
      const registrySeconds = cpuSecondsOf(pid) - mark.seconds
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

/** Hard-links blobs, because they are never modified, and copies all other files. */
function copyData(filled: string, data: string): void {
  const root = join(data, 'docker/registry/v2')
  execFileSync('mkdir', ['-p', root])
  execFileSync('cp', ['--archive', '--link', join(filled, 'docker/registry/v2/blobs'), root])
  execFileSync('cp', ['--archive', join(filled, 'docker/registry/v2/repositories'), root])
}

let asked = 0

/** All requests so far. Sends one more request and waits until the log contains it, so that the log is complete. */
async function requestsSoFar(address: string, log: string): Promise<readonly AnsweredRequest[]> {
  const uri = `/v2/?mark=${asked++}`
  await (await fetch(`http://${address}${uri}`, { headers: { connection: 'close' } })).arrayBuffer()
  for (let patience = 100; patience > 0; patience--) {
    const requests = existsSync(log) ? readAccessLog(log) : []
    if (requests.at(-1)?.uri === uri) return requests
    await sleep(20)
  }
  throw new Error(`${log} does not show ${uri}`)
}

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { copyTag } from './copy-tag.js'
import { startFaultProxy } from './fault-proxy.js'
import { type End, endOf } from './fault-run.js'
import { type Kind, scheduleOf } from './fault-schedule.js'
import { type Ended, runProgram } from './sudden-end.js'
import { type TagState, tagState } from './tag-state.js'

/** What a program that pushes is given. */
export interface Pushing {
  /** The registry's `host:port`. */
  readonly registry: string
  /** A repository whose tag `latest` holds the image that is to be replaced. */
  readonly old: string
  /** What the tag holds after a push on a good day. */
  readonly good: TagState
  /** The same image in another form of manifests will do. */
  readonly anyForm?: boolean
  /** The repository that is pushed to; it must not exist yet. */
  readonly repository: string
  /** In milliseconds; who takes longer is killed. */
  readonly budget: number
  /** The program with its arguments for a reference. */
  readonly command: (image: string) => readonly string[]
}

export interface ProcessRun {
  readonly seed: number
  readonly end: End | 'over budget'
  readonly wrong: readonly string[]
  readonly played: readonly Kind[]
  readonly ms: number
  readonly ended: Ended
}

const TAG = 'latest'

/** Lets a program replace an image on a bad day; then looks what the registry has, past all trouble. */
export async function runProcess(seed: number, of: Pushing): Promise<ProcessRun> {
  const { registry, repository } = of
  const before = await tagState(`${registry}/${of.old}`, TAG)
  await copyTag(registry, of.old, repository, TAG)
  const proxy = await startFaultProxy({ registry, schedule: scheduleOf(seed) })
  const home = mkdtempSync(join(tmpdir(), 'faults-'))
  try {
    const command = of.command(`${proxy.address}/${repository}:${TAG}`)
    const end = { signal: 'SIGKILL', after: of.budget } as const
    const ended = await runProgram(command, { env: { HOME: home, TMPDIR: home }, end })
    const { digest: found, faults, blobs } = await tagState(`${registry}/${repository}`, TAG)
    const isOtherForm = of.anyForm && blobs.join() === of.good.blobs.join()
    const digest = isOtherForm ? of.good.digest : found
    const failure = ended.code === 0 ? undefined : ended
    const is = { old: before.digest, new: of.good.digest, tagged: proxy.tagged }
    const { end: kind, why } = endOf(failure, digest, is)
    const wrong = [...faults, ...why]
    const inTime = ended.dying === undefined ? kind : 'over budget'
    return {
      seed,
      end: wrong.length > 0 ? 'wrong' : inTime,
      wrong,
      played: proxy.played,
      ms: ended.ms,
      ended,
    }
  } finally {
    rmSync(home, { recursive: true, force: true })
    await proxy.stop()
  }
}

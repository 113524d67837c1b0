import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { copyTag } from './copy-tag.js'
import { startFaultProxy } from './fault-proxy.js'
import { type End, endOf } from './fault-run.js'
import { type Kind, scheduleOf } from './fault-schedule.js'
import { type ProgramResult, runProgram } from './run-program.js'
import { type TagState, tagState } from './tag-state.js'

/** Options for a run of a program that pushes. */
export interface Pushing {
  /** The registry's `host:port`. */
  readonly registry: string
  /** A repository with the image to be replaced under the tag `latest`. */
  readonly old: string
  /** The state of the tag after a push without faults. */
  readonly good: TagState
  /** Accept an image with the same blobs but other manifests. */
  readonly anyForm?: boolean
  /** The repository to push to. It must not exist. */
  readonly repository: string
  /** Time limit in milliseconds. After it, the program is killed. */
  readonly budget: number
  /** The command that pushes to a reference. */
  readonly command: (image: string) => readonly string[]
}

export interface ProcessRun {
  readonly seed: number
  readonly end: End | 'over budget'
  readonly wrong: readonly string[]
  readonly injected: readonly Kind[]
  readonly ms: number
  readonly ended: ProgramResult
}

const TAG = 'latest'

/** Runs a program that replaces an image through a proxy with faults, then reads the tag directly from the registry. */
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
    const inTime = ended.msAfterSignal === undefined ? kind : 'over budget'
    return {
      seed,
      end: wrong.length > 0 ? 'wrong' : inTime,
      wrong,
      injected: proxy.injected,
      ms: ended.ms,
      ended,
    }
  } finally {
    rmSync(home, { recursive: true, force: true })
    await proxy.stop()
  }
}

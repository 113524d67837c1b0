import type { Runner, Runners } from '../../input/parse.js'
import type { Container } from '../../nix/container.js'
import type { System } from '../../oci/platform.js'

/** The value of `strategy.matrix` in a workflow. */
export interface Matrix {
  readonly include: readonly Job[]
}

/** One job of a matrix. */
export interface Job {
  readonly name: string
  /** One or more names, separated by spaces: the input `container` of the build. */
  readonly container: string
  /** Systems of the images, separated by spaces: the input `systems` of the build. More than one if one system builds them. */
  readonly system: string
  /** The value of `runs-on`. */
  readonly runner: Runner
  /** True if the runner needs QEMU to build them. */
  readonly emulated: boolean
}

interface MatrixOptions {
  readonly runners: Runners
  readonly group: 'container' | 'system'
  /** Default: GitHub's limit. */
  readonly maxJobs?: number
}

type PlannedBuild = Pick<Container, 'name' | 'system' | 'builder'>

/** GitHub's limit for one matrix. */
const MAX_JOBS = 256

const DEFAULT_RUNNER = 'ubuntu-24.04'
const DEFAULT_RUNNERS: Runners = { 'x86_64-linux': DEFAULT_RUNNER, 'aarch64-linux': 'ubuntu-24.04-arm' }

/**
 * Returns the jobs that build the containers, in their order. The runner is chosen by the system that builds (`builder`). The
 * images of one container that one system builds for several platforms share a job. The containers of a job have the same
 * platforms and runner.
 */
export function matrixOf(
  containers: readonly PlannedBuild[],
  { runners, group, maxJobs = MAX_JOBS }: MatrixOptions,
): Matrix {
  const groups = groupContainers(containers, runners)
  const size = group === 'system' ? containers.length : chooseJobSize(groups, maxJobs)
  return { include: groups.flatMap(each => splitIntoJobs(each, size)) }
}

/** Containers that may share a job. */
interface JobGroup extends Pick<Job, 'runner' | 'emulated'> {
  readonly systems: readonly System[]
  readonly names: string[]
}

function groupContainers(containers: readonly PlannedBuild[], runners: Runners): JobGroup[] {
  const groups = new Map<string, JobGroup>()
  for (const { name, builder, systems } of groupPlatforms(containers)) {
    const requirements = { systems, ...chooseRunner(builder, runners) }
    const key = JSON.stringify(requirements)
    const group = groups.get(key) ?? { ...requirements, names: [] }
    groups.set(key, group)
    group.names.push(name)
  }
  return [...groups.values()]
}

/** Joins the images of one container that the same system builds. */
function groupPlatforms(containers: readonly PlannedBuild[]) {
  const builds = new Map<string, { name: string; builder: string; systems: System[] }>()
  for (const { name, builder, system } of containers) {
    const key = JSON.stringify([name, builder])
    const build = builds.get(key) ?? { name, builder, systems: [] }
    builds.set(key, build)
    build.systems.push(system)
  }
  return builds.values()
}

/** A runner that the user configured for a system is assumed to run that system natively. */
function chooseRunner(builder: string, configured: Runners): Pick<Job, 'runner' | 'emulated'> {
  const runners: Readonly<Record<string, Runner>> = { ...DEFAULT_RUNNERS, ...configured }
  const runner = runners[builder]
  if (runner !== undefined) return { runner, emulated: false }
  // An x86_64 machine runs i686 programs natively.
  return { runner: runners['x86_64-linux'] ?? DEFAULT_RUNNER, emulated: builder !== 'i686-linux' }
}

/** Returns the smallest number of containers per job that keeps the number of jobs within the limit. */
function chooseJobSize(groups: readonly JobGroup[], maxJobs: number): number {
  const countJobs = (size: number): number =>
    groups.reduce((sum, { names }) => sum + Math.ceil(names.length / size), 0)
  const largest = Math.max(1, ...groups.map(({ names }) => names.length))
  let size = 1
  while (size < largest && countJobs(size) > maxJobs) size++
  return size
}

/** The sizes of the jobs differ by at most one container. */
function splitIntoJobs({ names, systems, runner, emulated }: JobGroup, size: number): Job[] {
  const count = Math.ceil(names.length / size)
  return Array.from({ length: count }, (_, n) => {
    const part = names.slice(
      Math.floor((n * names.length) / count),
      Math.floor(((n + 1) * names.length) / count),
    )
    const name = formatJobName(part, systems.join(' and '), n, count)
    return { name, container: part.join(' '), system: systems.join(' '), runner, emulated }
  })
}

function formatJobName(names: readonly string[], system: string, n: number, count: number): string {
  if (names.length === 1) return `${names[0]} for ${system}`
  return count === 1 ? system : `${system} ${n + 1}/${count}`
}

import type { Runner, Runners } from '../../input/parse.js'
import type { Container } from '../../nix/container.js'
import type { System } from '../../oci/platform.js'

/** One job of a matrix. */
export interface Job {
  /** What the job is called. */
  readonly name: string
  /** One or more names between spaces, as the build takes them. */
  readonly container: string
  /** What the images are for. */
  readonly system: System
  /** For `runs-on`. */
  readonly runner: Runner
  /** Whether the runner cannot run the programs that build them. */
  readonly emulated: boolean
}

/** What `strategy.matrix` takes. */
export interface Matrix {
  readonly include: readonly Job[]
}

interface MatrixOptions {
  readonly runners: Runners
  readonly group: 'container' | 'system'
  /** How many jobs there may be; what GitHub takes if absent. */
  readonly most?: number
}

type Planned = Pick<Container, 'name' | 'system' | 'builder'>

const MOST_JOBS = 256

const DEFAULT_RUNNER = 'ubuntu-24.04'
const DEFAULT_RUNNERS: Runners = { 'x86_64-linux': DEFAULT_RUNNER, 'aarch64-linux': 'ubuntu-24.04-arm' }

/** The jobs that build containers, in their order. Those of one job share system and runner. */
export function matrixOf(
  containers: readonly Planned[],
  { runners, group, most = MOST_JOBS }: MatrixOptions,
): Matrix {
  const places = placesOf(containers, runners)
  const size = group === 'system' ? containers.length : smallestSize(places, most)
  return { include: places.flatMap(place => jobsOf(place, size)) }
}

/** Containers that may share a job. */
interface Place extends Pick<Job, 'system' | 'runner' | 'emulated'> {
  readonly names: string[]
}

function placesOf(containers: readonly Planned[], runners: Runners): Place[] {
  const places = new Map<string, Place>()
  for (const { name, system, builder } of containers) {
    const at = { system, ...runnerFor(builder, runners) }
    const key = JSON.stringify(at)
    const place = places.get(key) ?? { ...at, names: [] }
    places.set(key, place)
    place.names.push(name)
  }
  return [...places.values()]
}

/** A runner that was named for a system is taken at its word. */
function runnerFor(builder: string, named: Runners): Pick<Job, 'runner' | 'emulated'> {
  const runners: Readonly<Record<string, Runner>> = { ...DEFAULT_RUNNERS, ...named }
  const own = runners[builder]
  if (own !== undefined) return { runner: own, emulated: false }
  // Such a processor runs programs of its 32-bit forerunner without help.
  return { runner: runners['x86_64-linux'] ?? DEFAULT_RUNNER, emulated: builder !== 'i686-linux' }
}

/** How many containers a job must take at least, so that there are not too many jobs. */
function smallestSize(places: readonly Place[], most: number): number {
  const jobsWith = (size: number): number =>
    places.reduce((sum, { names }) => sum + Math.ceil(names.length / size), 0)
  const longest = Math.max(1, ...places.map(({ names }) => names.length))
  let size = 1
  while (size < longest && jobsWith(size) > most) size++
  return size
}

function jobsOf({ names, ...at }: Place, size: number): Job[] {
  const count = Math.ceil(names.length / size)
  return Array.from({ length: count }, (_, n) => {
    // Parts differ by one container at most.
    const part = names.slice(
      Math.floor((n * names.length) / count),
      Math.floor(((n + 1) * names.length) / count),
    )
    return { name: jobName(part, at.system, n, count), container: part.join(' '), ...at }
  })
}

function jobName(names: readonly string[], system: System, n: number, count: number): string {
  if (names.length === 1) return `${names[0]} for ${system}`
  return count === 1 ? system : `${system} ${n + 1}/${count}`
}

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Host } from '../host/host.js'
import { checkEncoding } from '../image/block-format.js'
import type { BuildInputs } from '../input/inputs.js'
import { buildContainer } from '../nix/build.js'
import { type Container, chooseStream } from '../nix/container.js'
import { type Prepared, prepareSystem } from '../nix/emulation.js'
import { lacksSystem } from '../nix/explain.js'
import { type Nix, openNix } from '../nix/nix.js'
import { thisMachine } from '../nix/system.js'
import type { Image } from '../oci/image.js'
import { platformName } from '../oci/platform.js'
import { messageOf } from '../util/error.js'
import { exec } from '../util/exec.js'
import { formatBytes, formatSeconds, plural } from '../util/format.js'
import { mapLimit } from '../util/limit.js'
import type { Built } from './built.js'
import { discover } from './discover.js'
import { allOrFail, attempt, doneOf } from './failures.js'
import { ARCHIVE_ENDING, ARCHIVES_FOLDER } from './gather.js'
import { packageImage } from './package-image.js'
import { buildSummary } from './summary.js'

export type BuildRequest = Omit<BuildInputs, 'json' | 'verbose'>

/** While one container is turned into an archive, the next is built. */
const AT_ONCE = 2

/** Builds the asked-for containers for the asked-for systems and leaves an archive of each; one failure does not stop the others. */
export async function build(inputs: BuildRequest, host: Host, signal: AbortSignal): Promise<Built[]> {
  checkEncoding(inputs.compression)
  const uid = process.getuid?.()
  const nix = await openNix({ exec, env: host.env, uid })
  const systems = inputs.systems.length > 0 ? inputs.systems : [thisMachine()]
  const containers = await discover(nix, systems, inputs, host, signal)
  const machines = await prepareAll(nix, containers, inputs, host)
  const folder = inputs.output ?? defaultFolder(host)
  await mkdir(folder, { recursive: true })
  const results = await mapLimit(containers, AT_ONCE, container =>
    attempt(container.name, () => {
      const prepared = machines.get(container.builder)
      return buildOne({ nix, host, signal, inputs, folder }, container, prepared)
    }),
  )
  setOutputs(doneOf(results), host)
  return allOrFail(results, signal)
}

/** On GitHub a folder that outlasts the step, for those who want the files and not the artifacts. */
function defaultFolder({ kind, env, temp }: Host): string {
  return kind === 'github' ? join(env.RUNNER_TEMP ?? temp, 'nix-multiarch', ARCHIVES_FOLDER) : ARCHIVES_FOLDER
}

interface Surroundings {
  readonly nix: Nix
  readonly host: Host
  readonly signal: AbortSignal
  readonly inputs: BuildRequest
  readonly folder: string
}

/** Makes the machine ready for each system that a derivation wants to be built on. */
async function prepareAll(
  nix: Nix,
  containers: readonly Container[],
  { emulation }: BuildRequest,
  host: Host,
): Promise<Map<string, Prepared>> {
  const machines = new Map<string, Prepared>()
  for (const builder of new Set(containers.map(container => container.builder))) {
    const { platform } = process
    const options = { emulation, exec, env: host.env, platform, uid: process.getuid?.() }
    const prepared = await prepareSystem(nix, builder, options)
    host.log.debug(prepared.note)
    machines.set(builder, prepared)
  }
  return machines
}

async function buildOne(
  around: Surroundings,
  found: Container,
  prepared: Prepared | undefined,
): Promise<Built> {
  const { nix, host, signal, inputs, folder } = around
  const runs = prepared?.runnable === true && nix.storeRoot === undefined
  const container = runs ? chooseStream(found) : found
  const label = `${container.name} for ${container.system}`
  const began = Date.now()
  // A job's log has no live line, and a long build should not look like a hanging one.
  if (host.kind === 'github') host.log.info(`${label}: building`)
  host.log.progress(`${label}: building`)
  const path = await buildContainer(nix, container, {
    options: prepared?.options ?? [],
    onLine: line => host.log.debug(line),
    signal,
  }).catch(error => {
    throw prepared?.how === 'none' && lacksSystem(messageOf(error)) ? prepared.problem : error
  })
  const built = Date.now()
  const file = join(folder, `${container.name}-${container.system}${ARCHIVE_ENDING}`)
  const { image, size } = await packageImage(container, path, host, {
    file,
    encoding: inputs.compression,
    runsForeign: prepared?.runnable ?? false,
    signal,
    onProgress: bytes => host.log.progress(`${label}: ${formatBytes(bytes)} packed`),
  })
  await host.artifacts?.upload(file)
  const how = prepared?.how === 'qemu' ? ' under QEMU' : ''
  const times = `built${how} in ${formatSeconds(built - began)}, packed in ${formatSeconds(Date.now() - built)}`
  // A file that goes away with the run is nothing to tell of.
  const where = file.startsWith(host.temp) ? '' : ` in ${file}`
  const layers = plural(image.layers.length, 'layer')
  host.log.info(`${label}: ${times}: ${layers}, ${formatBytes(size)}${where}`)
  return builtOf(container, image, { file, size })
}

function builtOf(
  { name, system, derivation }: Container,
  { platform, manifest }: Image,
  archive: Pick<Built, 'file' | 'size'>,
): Built {
  const { digest } = manifest
  return { container: name, system, platform: platformName(platform), ...archive, digest, derivation }
}

/** What the build action tells later steps, also of those containers that went well beside others that did not. */
function setOutputs(built: readonly Built[], host: Host): void {
  host.output('archives', built.map(({ file }) => file).join('\n'))
  host.output('containers', [...new Set(built.map(({ container }) => container))].join('\n'))
  host.output('json', JSON.stringify(built))
  if (built.length > 0) host.summary(buildSummary(built))
}

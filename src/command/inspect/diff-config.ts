import { type Change, changesBetween, type Facts } from './changes.js'
import type { PlatformTree } from './tree-platform.js'

/** What differs in how two images are run: `entrypoint`, `env.PATH`, `labels.title`. */
export function diffConfigs(a: PlatformTree, b: PlatformTree): Change[] {
  return changesBetween(factsOf(a), factsOf(b))
}

/** Empty and absent is the same here. */
function factsOf(of: PlatformTree): Facts {
  const env = of.env.map(entry => [`env.${nameIn(entry)}`, entry.slice(nameIn(entry).length + 1)] as const)
  const labels = Object.entries(of.labels).map(([key, value]) => [`labels.${key}`, value] as const)
  return Object.fromEntries([
    ...present('entrypoint', of.entrypoint),
    ...present('cmd', of.cmd),
    ...present('user', of.user),
    ...present('workdir', of.workingDir),
    ...present('ports', of.exposedPorts.join(' ')),
    ...present('volumes', of.volumes),
    ...env,
    ...labels,
  ])
}

/** A list is told as JSON, so that it is seen where each of its words ends. */
function present(key: string, value: string | readonly string[]): [string, string][] {
  if (value.length === 0) return []
  return [[key, typeof value === 'string' ? value : JSON.stringify(value)]]
}

function nameIn(entry: string): string {
  return entry.split('=', 1)[0] ?? entry
}

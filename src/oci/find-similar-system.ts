import { findSimilar } from '../util/find-similar.js'
import { isSystem, platformOf, SYSTEMS, type System } from './platform.js'

/** Other names of processors that people use. */
const OTHER_NAMES: Readonly<Record<string, System>> = {
  'x86-64': 'x86_64-linux',
  x64: 'x86_64-linux',
  intel: 'x86_64-linux',
  armv8: 'aarch64-linux',
  'arm64/v8': 'aarch64-linux',
  arm: 'armv7l-linux',
  armhf: 'armv7l-linux',
  armv7: 'armv7l-linux',
  armv6: 'armv6l-linux',
  armel: 'armv6l-linux',
  x86: 'i686-linux',
  i386: 'i686-linux',
  riscv: 'riscv64-linux',
}

/**
 * Returns the systems that a user may have meant: by a platform (`linux/arm64`, `arm64`), a processor (`x86_64`, `x64`), a system
 * of another kernel (`aarch64-darwin`), or a misspelled system.
 */
export function findSimilarSystems(word: string): readonly string[] {
  const name = word.toLowerCase()
  if (isSystem(name)) return [name]
  const processor = name.replace(/^linux[/-]/, '').replace(/[-/](unknown-)?(linux|darwin|macos)(-\w+)?$/, '')
  const system = SYSTEMS.find(each => namesOf(each).includes(processor)) ?? otherNameOf(processor)
  return system === undefined ? findSimilar(name, SYSTEMS) : [system]
}

function otherNameOf(processor: string): System | undefined {
  return Object.hasOwn(OTHER_NAMES, processor) ? OTHER_NAMES[processor] : undefined
}

/** The names of a system's processor: Nix's, and OCI's with its variant. */
function namesOf(system: System): string[] {
  const { architecture, variant } = platformOf(system)
  return [system.replace(/-linux$/, ''), variant === undefined ? architecture : `${architecture}/${variant}`]
}

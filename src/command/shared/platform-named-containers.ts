import type { Host } from '../../host/host.js'
import type { Container } from '../../nix/container.js'
import { cpuOf, platformOf, splitPlatformSuffix, systemOfWord } from '../../oci/platform.js'
import { UserError } from '../../util/error.js'
import { nameInput } from '../../util/input-name.js'

/**
 * Checks for containers whose names end in a platform (`fd-x86_64` and `fd-aarch64`): they are the platforms of one container,
 * which the attribute can say. Throws a `UserError` if several platforms have such names. Otherwise leaves out, with a warning,
 * the containers whose names end in another platform than their system. Containers that a user selects are not passed to this
 * function.
 */
export function omitPlatformNamed(containers: readonly Container[], { log }: Pick<Host, 'log'>): Container[] {
  const named = containers.flatMap(container => {
    const whole = systemOfWord(container.name)
    const split = whole === undefined ? splitPlatformSuffix(container.name) : { base: '', system: whole }
    return split === undefined ? [] : [{ container, base: split.base, platform: split.system }]
  })
  for (const { container, base, platform } of named) {
    const other = named.find(each => each.base === base && each.platform !== platform)
    if (other !== undefined) throw describePlatforms(container, other.container, base)
  }
  const foreign = named.filter(
    ({ container, base, platform }) => base !== '' && container.system !== platform,
  )
  for (const { container, base, platform } of foreign) {
    const { name, system, attribute } = container
    const other = attribute.replace(name, '{name}').replace(system, '{system}')
    log.warning(
      `Skipping ${name} for ${system}, because its name says ${platform}. If it is the image of ${base} for ${platform}, set ` +
        `${nameInput('attribute')} to two lines: ${other} and ${platform}=${templateOf(container, base)}`,
    )
  }
  return containers.filter(container => !foreign.some(each => each.container === container))
}

/** Logs which images are published under another name than the flake gives them, because that name ends in a platform. */
export function reportShortenedNames(containers: readonly Container[], { log }: Pick<Host, 'log'>): void {
  const names = containers.flatMap(({ name, nameWithPlatform, imageName }) =>
    nameWithPlatform === undefined ? [] : [`${name}: ${nameWithPlatform} is published as ${imageName}`],
  )
  for (const line of new Set(names)) log.info(`${line}, because one image has all platforms`)
}

function describePlatforms(container: Container, other: Container, base: string): UserError {
  const template = templateOf(container, base)
  const portable = template.replace(container.system, '{system}')
  const whose = base === '' ? 'one container' : `one container, ${base}`
  return new UserError(`${container.name} and ${other.name} are named like platforms of ${whose}`, {
    hint:
      `Set ${nameInput('attribute')} to ${template} to build all platforms on ${container.system}, or to ${portable} to ` +
      'build each on its own system.',
  })
}

/** The attribute with `{name}` for the base of the name, and with a placeholder for its platform. */
function templateOf({ name, attribute }: Container, base: string): string {
  const separator = base === '' ? '' : name.charAt(base.length)
  const word = name.slice(base.length + separator.length)
  const part = `${base === '' ? '' : '{name}'}${separator}${placeholderOf(word)}`
  const index = attribute.lastIndexOf(name)
  return `${attribute.slice(0, index)}${part}${attribute.slice(index + name.length)}`
}

/** Returns the placeholder for a word: `{architecture}` for `arm64`. */
function placeholderOf(word: string): string {
  const system = systemOfWord(word)
  if (system === undefined) return word
  if (word === system) return '{system}'
  if (word === cpuOf(system)) return '{cpu}'
  return word.replace(platformOf(system).architecture, '{architecture}')
}

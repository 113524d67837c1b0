import type { Host } from '../../host/host.js'
import { type AttributeTemplate, attributeOf, resolveTemplate } from '../../nix/attribute-template.js'
import type { Container } from '../../nix/container.js'
import { UserError } from '../../util/error.js'
import { isFileName } from '../../util/files.js'
import { nameInput } from '../../util/input-name.js'
import { omitPlatformNamed } from './platform-named-containers.js'

const NAME_RULE = 'at most 128 letters, digits, _, -, . and +, not starting with . or -'

/** Checks the names that a user selected: they become part of file and artifact names. */
export function selectNamed(containers: readonly Container[]): Container[] {
  const invalid = containers.find(({ name }) => !isFileName(name))
  if (invalid === undefined) return [...containers]
  throw new UserError(`The container name ${JSON.stringify(invalid.name)} cannot be used as a file name`, {
    hint: `${describeOtherName(invalid) ?? 'Rename the attribute'}: ${NAME_RULE}.`,
  })
}

/** Warns of images whose names cannot be names of files, and leaves them out. */
function omitInvalidNames(containers: readonly Container[], { log }: Pick<Host, 'log'>): Container[] {
  const invalid = containers.filter(({ name }) => !isFileName(name))
  if (invalid.length === containers.length) return selectNamed(containers)
  for (const name of namesOf(invalid)) {
    const container = invalid.find(each => each.name === name)
    const way = (container && describeOtherName(container)) ?? 'Rename the attribute'
    log.warning(
      `Skipping ${JSON.stringify(name)}, because a container name must be a file name (${NAME_RULE}). ${way}`,
    )
  }
  return containers.filter(({ name }) => isFileName(name))
}

/** Says how to name an image whose attribute is, for example, `"ghcr.io/me/app:1.0"`: by a part of the attribute. */
function describeOtherName({ name, attribute, system }: Container): string | undefined {
  const [, before = '', part, after = ''] = /^(.*\/)?([A-Za-z0-9_][\w.+-]*)(.*)$/.exec(name) ?? []
  if (part === undefined || !isFileName(part) || /["\\${}]/.test(name)) return undefined
  const template = attribute.replace(`"${name}"`, `"${before}{name}${after}"`).replace(system, '{system}')
  if (!template.includes('{name}')) return undefined
  return `Rename the attribute, or build it as ${part}, with ${nameInput('attribute')} set to ${template}`
}

/**
 * Leaves out the images that a line of the attribute selects for another system. With the line
 * `aarch64-linux=packages.x86_64-linux.{name}-arm`, the package `fd-arm` of x86_64 is the container `fd` for aarch64, and not
 * another container for x86_64.
 */
function omitOtherPlatforms(
  containers: readonly Container[],
  { lines }: AttributeTemplate,
  { log }: Pick<Host, 'log'>,
): Container[] {
  const names = namesOf(containers)
  const selected = lines.flatMap(line => {
    const { system } = line
    if (system === undefined) return []
    const path = resolveTemplate({ text: line.text, lines: [line] }, system)
    return names.map(name => ({ name, system, attribute: attributeOf(path, name) }))
  })
  return containers.filter(({ name, system, attribute }) => {
    const other = selected.find(
      each => each.attribute === attribute && each.name !== name && each.system !== system,
    )
    if (other === undefined) return true
    log.info(
      `${name}: left out for ${system}, because ${nameInput('attribute')} selects it as ${other.name} for ${other.system}`,
    )
    return false
  })
}

/**
 * Leaves out, from all images of a flake, those that somebody else publishes (`dockerTools.pullImage`), and further names of the
 * same image. Logs what is left out. Images that a user names are not passed to this function.
 */
export function selectDistinct(
  containers: readonly Container[],
  attribute: AttributeTemplate,
  { log }: Pick<Host, 'log'>,
): Container[] {
  const own = omitOtherPlatforms(containers, attribute, { log })
  const named = omitPlatformNamed(omitInvalidNames(own, { log }), { log })
  const pulled = namesOf(named.filter(container => container.pulled))
  if (pulled.length > 0) {
    log.info(
      `${pulled.join(', ')}: left out, because dockerTools.pullImage downloads the image from another registry. ` +
        'To publish a copy, select the container by its name',
    )
  }
  const built = named.filter(container => !container.pulled)
  const aliases = findAliases(built)
  for (const [name, others] of aliases)
    log.info(`${others.join(', ')}: left out, because ${name} is the same image`)
  const omitted = new Set([...aliases.values()].flat())
  return built.filter(({ name }) => !omitted.has(name))
}

function namesOf(containers: readonly Container[]): string[] {
  return [...new Set(containers.map(({ name }) => name))]
}

/** Maps the name of each image that has several names to its other names. They must be the same image for each system. */
function findAliases(containers: readonly Container[]): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, Container[]>()
  for (const name of namesOf(containers)) {
    const own = containers.filter(container => container.name === name)
    const isKnown = own.some(({ deferred }) => !deferred)
    const key = JSON.stringify(
      isKnown ? own.map(({ system, derivation, output }) => [system, derivation, output]).sort() : name,
    )
    groups.set(key, [...(groups.get(key) ?? []), ...own.slice(0, 1)])
  }
  const several = [...groups.values()].filter(group => group.length > 1)
  return new Map(
    several.map(group => {
      const [first, ...others] = group.toSorted((a, b) => rankOf(a) - rankOf(b) || (a.name < b.name ? -1 : 1))
      return [first?.name ?? '', others.map(({ name }) => name)]
    }),
  )
}

/** The name of the image is preferred; `default` names any package. */
function rankOf({ name, imageName }: Container): number {
  if (imageName?.split('/').at(-1) === name) return 0
  return name === 'default' ? 2 : 1
}

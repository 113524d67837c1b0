import type { Host } from '../../host/host.js'
import type { Container } from '../../nix/container.js'

/**
 * Leaves out, from all images of a flake, those that somebody else publishes (`dockerTools.pullImage`), and further names of the
 * same image. Logs what is left out. Images that a user names are not passed to this function.
 */
export function selectDistinct(containers: readonly Container[], { log }: Pick<Host, 'log'>): Container[] {
  const pulled = namesOf(containers.filter(container => container.pulled))
  if (pulled.length > 0) {
    log.info(
      `${pulled.join(', ')}: left out, because dockerTools.pullImage downloads the image from another registry. ` +
        'To publish a copy, select the container by its name',
    )
  }
  const own = containers.filter(container => !container.pulled)
  const aliases = findAliases(own)
  for (const [name, others] of aliases)
    log.info(`${others.join(', ')}: left out, because ${name} is the same image`)
  const omitted = new Set([...aliases.values()].flat())
  return own.filter(({ name }) => !omitted.has(name))
}

function namesOf(containers: readonly Container[]): string[] {
  return [...new Set(containers.map(({ name }) => name))]
}

/** Maps the name of each image that has several names to its other names. They must be the same image for each system. */
function findAliases(containers: readonly Container[]): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, Container[]>()
  for (const name of namesOf(containers)) {
    const own = containers.filter(container => container.name === name)
    const key = JSON.stringify(
      own.map(({ system, derivation, output }) => [system, derivation, output]).sort(),
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

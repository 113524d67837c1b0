import type { Host } from '../../host/host.js'
import type { BuildInputs } from '../../input/input-table.js'
import type { Container } from '../../nix/container.js'
import { isVersionOf, parseVersionName } from '../../tags/version-name.js'
import { nameInput } from '../../util/input-name.js'

type TagInputs = Partial<Pick<BuildInputs, 'tags' | 'version'>>

/** Without a tag, dockerTools uses the hash of the image. Others use the commit, for which `auto` has `sha-…`. */
const HASH = /^[0-9a-z]{32}$|^(?=.*[a-f])[0-9a-f]{7,40}(-dirty)?$/

/**
 * Logs which tags of images have no effect: a tag that is not a version, such as `stable`, and a version that is empty, because
 * the flake reads it from the environment. Logs nothing if the user sets tags or a version.
 */
export function reportUnusedTags(
  containers: readonly Container[],
  { tags, version }: TagInputs,
  { log }: Pick<Host, 'log'>,
): void {
  if (version !== undefined || (tags !== undefined && tags.kind !== 'auto')) return
  const empty = namesOf(
    containers.filter(({ hasEmptyVersion, version: own }) => hasEmptyVersion && own === undefined),
  )
  if (empty.length > 0) {
    log.info(
      `${empty.join(', ')}: the version or tag of the image is empty. If the flake reads it from the environment ` +
        `(\`builtins.getEnv "VERSION"\`), it is always empty, because the evaluation is pure: set ${nameInput('version')}`,
    )
  }
  const unused = containers.filter(container => isUnusedTag(container))
  for (const name of namesOf(unused)) {
    const tag = unused.find(each => each.name === name)?.imageTag
    log.info(
      `${name}: the tag ${tag} of the image is not set, because it is not a version. To set it, add it to ${nameInput('tags')}`,
    )
  }
}

function isUnusedTag({ name, imageName = name, version, imageTag }: Container): boolean {
  if (version !== undefined || imageTag === undefined || imageTag === 'latest') return false
  const named = parseVersionName(imageTag)
  return !HASH.test(imageTag) && !(named && isVersionOf(named, [name, imageName]))
}

function namesOf(containers: readonly Container[]): string[] {
  return [...new Set(containers.map(({ name }) => name))]
}

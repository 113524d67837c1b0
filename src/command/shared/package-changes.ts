import type { PackageChange } from '../../sbom/compare.js'
import { escapeProse, formatCode } from '../../util/markdown.js'
import { pluralize } from '../../util/text.js'

/** How the packages of a container have changed since an earlier image. */
export interface PackageChanges {
  readonly container: string
  /** The platform whose images were compared: `linux/amd64`. */
  readonly platform: string
  /** The earlier image: a tag or a version. */
  readonly since: string
  readonly changes: readonly PackageChange[]
}

/** GitHub limits the size of a page, and a longer list is hard to read. */
const MAX_PACKAGES = 20
const MAX_CONTAINERS = 20

const KINDS = [
  ['upgraded', 'Upgraded'],
  ['downgraded', 'Downgraded'],
  ['added', 'New'],
  ['removed', 'Gone'],
  ['patched', 'Patched'],
] as const

/** Returns a paragraph and a list for each container whose packages have changed, as lines of Markdown. */
export function formatPackageChanges(all: readonly PackageChanges[]): string[] {
  const changed = all.filter(({ changes }) => changes.length > 0)
  const omitted = changed.length - MAX_CONTAINERS
  return [
    ...changed.slice(0, MAX_CONTAINERS).flatMap(formatContainer),
    ...(omitted > 0 ? [`… and ${pluralize(omitted, 'more container')} with other packages`, ''] : []),
  ]
}

function formatContainer({ container, platform, since, changes }: PackageChanges): string[] {
  const title = `${formatCode(container)} for ${formatCode(platform)}, since ${formatCode(since)}:`
  const items = KINDS.flatMap(([kind, name]) => {
    const found = changes.filter(change => change.kind === kind)
    if (found.length === 0) return []
    const omitted = found.length - MAX_PACKAGES
    const more = omitted > 0 ? [`and ${omitted} more`] : []
    return [`- ${name}: ${[...found.slice(0, MAX_PACKAGES).map(formatChange), ...more].join(', ')}`]
  })
  return [title, '', ...items, '']
}

const NONE = 'no version'

function formatChange(change: PackageChange): string {
  const name = formatCode(change.name)
  switch (change.kind) {
    case 'added':
      return joinWords(name, change.after)
    case 'removed':
      return joinWords(name, change.before)
    case 'patched':
      return `${joinWords(name, change.after)} (${change.resolves.map(escapeProse).join(', ')})`
    default:
      return `${name} ${escapeProse(change.before || NONE)} → ${escapeProse(change.after || NONE)}`
  }
}

/** A package may have no version. */
function joinWords(name: string, version: string): string {
  return version === '' ? name : `${name} ${escapeProse(version)}`
}

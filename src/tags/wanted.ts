import { type Affixes, NO_AFFIXES } from './affixes.js'
import type { Applied } from './applied.js'
import { applyRule } from './apply-rule.js'
import { automaticTags } from './auto.js'
import { affixesOf, latestTag, spelledTag } from './make.js'
import type { Flavor, ListedTag, TagRequest } from './request.js'
import { parseVersion } from './version.js'
import type { TagSubject, Wanted } from './wanted-tag.js'

export type { Among, TagKind, TagSubject, Wanted } from './wanted-tag.js'

/** The tags that a request asks for, distinct, the foremost first. Throws a `UserError` for a rule that cannot be followed. */
export function wantedTags(request: TagRequest, flavor: Flavor, subject: TagSubject): Wanted[] {
  const applied = applyRequest(request, flavor, subject).filter(({ tags }) => tags.length > 0)
  const [first] = applied
  const version = parseVersion(subject.version ?? '')
  const latest = flavor.latest === 'auto' ? first?.latest : flavor.latest && first !== undefined
  const tags = applied.flatMap(each => each.tags)
  return distinct([...tags, ...(latest ? latestTag(first?.version ?? version, flavor, subject) : [])])
}

function applyRequest(request: TagRequest, flavor: Flavor, subject: TagSubject): Applied[] {
  switch (request.kind) {
    case 'auto':
      return [{ tags: automaticTags(flavor, subject), latest: false }]
    case 'list': {
      const affixes = affixesOf(flavor, subject)
      return request.tags.map(listed => ({ tags: listedTag(listed, subject, affixes), latest: false }))
    }
    case 'rules':
      return request.rules.map(rule => applyRule(rule, flavor, subject))
  }
}

/** A whole reference is taken as it is. */
function listedTag({ tag, name }: ListedTag, subject: TagSubject, affixes: Affixes): Wanted[] {
  return spelledTag(tag, subject, name === undefined ? affixes : NO_AFFIXES)
}

function distinct(tags: readonly Wanted[]): Wanted[] {
  const seen = new Set<string>()
  return tags.filter(({ tag }) => !seen.has(tag) && seen.add(tag))
}

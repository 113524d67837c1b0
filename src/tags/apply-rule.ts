import { UserError } from '../util/error.js'
import type { Affixes } from './affixes.js'
import type { Applied } from './applied.js'
import { automaticTags } from './auto.js'
import { globalText, shortSha } from './expressions.js'
import type { Flavor } from './flavor.js'
import { affixesOf, plainTag, spelledTag } from './make.js'
import type { Rule, RuleOf } from './rule.js'
import { semverTag } from './semver-rule.js'
import { render, type Template } from './template.js'
import { parseVersion } from './version.js'
import type { TagSubject } from './wanted-tag.js'

const NOTHING: Applied = { tags: [], latest: false }

/** The tags that one rule gives; none when it is not for this run. Throws a `UserError` when `enable` is neither true nor false. */
export function applyRule(rule: Rule, flavor: Flavor, subject: TagSubject): Applied {
  if (!isEnabled(rule, subject)) return NOTHING
  const affixes = affixesOf(flavor, subject, rule)
  const { ref } = subject
  switch (rule.type) {
    case 'auto':
      return { tags: automaticTags(flavor, subject), latest: false }
    case 'schedule': {
      const text = ref.event === 'schedule' ? render(rule.pattern, globalText(subject)) : ''
      return { tags: plainTag(text, 'free', affixes), latest: false }
    }
    case 'semver':
      return semverTag(rule, subjectValue(rule.value, subject), affixes)
    case 'match':
      return matched(rule, subjectValue(rule.value, subject), subject, affixes)
    case 'edge': {
      const isIt = ref.kind === 'branch' && ref.name === (rule.branch ?? ref.defaultBranch)
      return { tags: plainTag(isIt ? 'edge' : '', 'branch', affixes), latest: false }
    }
    case 'ref':
      return ofRef(rule, subject, affixes)
    case 'raw':
      return { tags: spelledTag(render(rule.value, globalText(subject)), subject, affixes), latest: false }
    case 'sha': {
      const sha = rule.format === 'short' ? shortSha(ref.sha) : ref.sha
      return { tags: plainTag(sha ?? '', 'free', affixes), latest: false }
    }
  }
}

function isEnabled({ enable, line }: Rule, subject: TagSubject): boolean {
  const text = render(enable, globalText(subject))
  if (text !== 'true' && text !== 'false') {
    throw new UserError(`In the tag rule ${line}, enable is ${JSON.stringify(text)}`, {
      hint: 'It must come out as true or false, as {{is_default_branch}} does.',
    })
  }
  return text === 'true'
}

/** What a rule was given, else the Git tag. */
function subjectValue(value: Template, subject: TagSubject): string {
  if (value.length > 0) return render(value, globalText(subject))
  return subject.ref.kind === 'tag' ? (subject.ref.name ?? '') : ''
}

function matched(rule: RuleOf<'match'>, value: string, subject: TagSubject, affixes: Affixes): Applied {
  const text = rule.pattern.exec(value)?.[rule.group]
  if (!text) return NOTHING
  const version = parseVersion(text) ?? parseVersion(value)
  const about = version ? { ...subject, version: version.text } : subject
  return { tags: spelledTag(text, about, affixes), latest: true, version }
}

function ofRef({ event }: RuleOf<'ref'>, { ref }: TagSubject, affixes: Affixes): Applied {
  const { kind, name = '', number = '' } = ref
  switch (event) {
    case 'branch':
      return { tags: plainTag(kind === 'branch' ? name : '', 'branch', affixes), latest: false }
    case 'tag': {
      const version = kind === 'tag' ? parseVersion(name) : undefined
      const tags = plainTag(kind === 'tag' ? name : '', version ? 'exact' : 'free', affixes)
      return { tags, latest: true, version }
    }
    case 'pr':
      return { tags: plainTag(kind === 'pull-request' ? `${number}` : '', 'free', affixes), latest: false }
  }
}

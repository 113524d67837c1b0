import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { parseSync } from '@swc/core'
import { COMMANDS } from '../src/input/command-table.js'
import type { Input } from '../src/input/read-inputs.js'
import { INPUT_VARIABLES, nameInput, setInputStyle } from '../src/util/input-name.js'
import { textsOf } from './support/source-texts.js'

const inputs: readonly Input<unknown>[] = Object.values(COMMANDS).flatMap(command =>
  Object.values<Input<unknown>>(command.inputs),
)
const namesOf = (all: readonly Input<unknown>[]): string[] => [...new Set(all.map(({ name }) => name))]

/** Inputs that a workflow and the command line name differently. */
const names = namesOf(inputs.filter(({ on, variable }) => on === 'both' || variable !== undefined))

/** The help and the reference replace the names in these files themselves. */
const TABLES = [
  'input-table.ts',
  'inputs-for-attestations.ts',
  'inputs-for-checks.ts',
  'inputs-for-nix.ts',
  'command-texts.ts',
  'overview.ts',
  'action-outputs.ts',
]

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('.ts') && !TABLES.some(table => name === join('input', table)))
  .map(name => join('src', name))

/** Texts in which the word is not an input of this program. */
const OTHER_MEANINGS = [
  '`archive: false` in actions/upload-artifact',
  '… --version',
  '`gh attestation trusted-root`',
  '`cosign trusted-root create`',
  '`cosign signing-config create`',
  'xz --ignore-check --version',
]

/** Words that are too common to be recognised without a mark. */
const isDistinct = (name: string): boolean => name.includes('-') || name === 'netrc'

/** The names of inputs that a text contains as words, so that they are wrong for one of the two kinds of users. */
function findNames(text: string): string[] {
  const rest = OTHER_MEANINGS.reduce((left, each) => left.replaceAll(each, ''), text)
  const isNamed = (name: string): boolean =>
    new RegExp(`\`(--)?${name}(\`|:? [\\w…]+\`)|(^|[^\\w-])--${name}(?![\\w-])`).test(rest) ||
    new RegExp(`\\b[Ss]et ${name}(?![\\w/.-])(?! (a|the|to a)\\b)`).test(rest) ||
    (isDistinct(name) && new RegExp(`(^|[^\\w./-])${name}(?![\\w-])`).test(rest))
  return [...names.filter(isNamed), ...Object.values(INPUT_VARIABLES).filter(each => rest.includes(each))]
}

describe('messages name inputs as the user writes them', () => {
  test.each(sources)('%s', file => {
    const texts = textsOf(readFileSync(file, 'utf8'))
    expect(texts.flatMap(text => findNames(text).map(name => `${name}: ${text}`))).toEqual([])
  })

  test.each([
    ['Set `image` to push', ['image']],
    ['use `--tags` instead', ['tags']],
    ['build it with `force: true`', ['force']],
    ['use --insecure, which tries TLS first', ['insecure']],
    ['it requires credentials; set netrc', ['netrc']],
    ['set cachix-auth-token too', ['cachix-auth-token']],
    ['Set CACHIX_SIGNING_KEY in the environment', ['CACHIX_SIGNING_KEY']],
    ['Set … to push; the image is in the registry, with tags', []],
    ['Upload it with this action, or with `archive: false` in actions/upload-artifact.', []],
  ])('the search finds the names in: %s', (text, found) => {
    expect(findNames(text)).toEqual(found)
  })
})

interface Node {
  readonly type: string
  readonly [key: string]: unknown
}

/** Counts the calls that run when the module is loaded. */
function countEarlyCalls(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((sum: number, each) => sum + countEarlyCalls(each), 0)
  if (typeof value !== 'object' || value === null) return 0
  const node = value as Node
  if (/Function|Method|^Constructor$/.test(node.type)) return 0
  const isCall = node.type === 'CallExpression' && isNaming(node.callee as Node)
  return (isCall ? 1 : 0) + countEarlyCalls(Object.values(node))
}

function isNaming({ type, value }: Node): boolean {
  return type === 'Identifier' && (value === 'nameInput' || value === 'nameSetting')
}

const earlyCallsIn = (source: string): number =>
  countEarlyCalls(parseSync(source, { syntax: 'typescript', target: 'es2024' }).body)

describe('the names of inputs', () => {
  const users = sources.filter(file => readFileSync(file, 'utf8').includes('/input-name.js'))

  test('each name in a message is the name of an input', () => {
    const given = users.flatMap(file =>
      [...readFileSync(file, 'utf8').matchAll(/\bname(?:Input|Setting)\('([^']+)'/g)].map(([, name]) => name),
    )
    expect(given.length).toBeGreaterThan(50)
    expect(given.filter(name => !namesOf(inputs).includes(name ?? ''))).toEqual([])
  })

  test('no message is made when a module is loaded, because the style is not known yet', () => {
    expect(users.filter(file => earlyCallsIn(readFileSync(file, 'utf8')) > 0)).toEqual([])
    expect(earlyCallsIn("const a = { hint: `x ${nameInput('tags')}` }")).toBe(1)
    expect(
      earlyCallsIn("const a = { hint: () => nameInput('tags') }; function b() { nameInput('tags') }"),
    ).toBe(0)
  })

  test('a secret is its variable on the command line', () => {
    setInputStyle('command line')
    for (const { name, variable } of inputs)
      if (variable !== undefined) expect(nameInput(name)).toBe(`\`${variable}\``)
    setInputStyle('workflow')
  })
})

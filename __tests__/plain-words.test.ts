import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { COMMANDS } from '../src/input/command-table.js'
import type { CommandName } from '../src/input/command-texts.js'
import { formatHelp } from '../src/input/help.js'
import { ALLOWED_TEXTS, AVOIDED_WORDS, findAvoidedWords } from './support/plain-words.js'
import { textsOf } from './support/source-texts.js'

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('.ts'))
  .map(name => join('src', name))

const textsIn = new Map(sources.map(file => [file, textsOf(readFileSync(file, 'utf8'))]))

/** The avoided words of texts, with the place of the texts. */
const findAll = (place: string, texts: readonly string[]): string[] =>
  texts.flatMap(findAvoidedWords).map(problem => `${place}: ${problem}`)

test('the messages in src have no avoided words', () => {
  expect([...textsIn.values()].flat().length).toBeGreaterThan(500)
  expect([...textsIn].flatMap(([file, texts]) => findAll(file, texts))).toEqual([])
})

describe('the texts of inputs and commands have no avoided words', () => {
  test.each([undefined, ...(Object.keys(COMMANDS) as CommandName[])])('help of %s', name => {
    expect(findAll(`help of ${name}`, sentencesOf(formatHelp(name)))).toEqual([])
  })

  test.each([
    'action.yml',
    'plan/action.yml',
    'merge/action.yml',
    'publish/action.yml',
    'verify/action.yml',
    'prune/action.yml',
    '.github/workflows/publish.yml',
  ])('%s', file => {
    const descriptions = descriptionsIn(parse(readFileSync(file, 'utf8')))
    expect(descriptions.length).toBeGreaterThan(5)
    expect(findAll(file, descriptions)).toEqual([])
  })

  test('docs/reference.md', () => {
    expect(findAll('docs/reference.md', readFileSync('docs/reference.md', 'utf8').split('\n'))).toEqual([])
  })
})

function sentencesOf(text: string): string[] {
  return text.replace(/\s+/g, ' ').split(/(?<=\.) /)
}

/** All descriptions in a YAML document, at any depth. */
function descriptionsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, each]) =>
    key === 'description' && typeof each === 'string' ? [each] : descriptionsIn(each),
  )
}

describe('the list of words', () => {
  test.each(AVOIDED_WORDS)('$word matches its example', ({ word, example }) => {
    expect(example).toMatch(word)
  })

  test.each([
    'Is there a proxy?',
    'There is no folder x',
    'the artifact is no longer in the run',
    'it took longer than 10 s',
    'The package is not an image.',
  ])('accepts: %s', text => {
    expect(findAvoidedWords(text)).toEqual([])
  })

  test('reports each word of a text once, with what to write', () => {
    expect(findAvoidedWords('it holds 2 images, packed anew')).toEqual([
      expect.stringMatching(/^"anew" \(write: again\)/),
      expect.stringMatching(/^"holds" /),
    ])
  })

  test('every allowed text is still in a source', () => {
    const all = [...textsIn.values()].flat()
    for (const { text } of ALLOWED_TEXTS) expect(all.filter(each => each.includes(text))).not.toEqual([])
  })
})

describe('the texts of a source', () => {
  test.each([
    ["throw new UserError('it is wrong', { hint: 'Make it right.' })", ['it is wrong', 'Make it right.']],
    [
      'throw new Error(`the ${kind} file ${quote("of a user")} is bad`)',
      ['the … file … is bad', 'of a user'],
    ],
    [
      "const a = 'one and ' + name + ' two ' + `three ${f('four or five')}`",
      ['one and … two three …', 'four or five'],
    ],
    ["const word = isBad ? 'bad to the bone' : 'good'", ['bad to the bone']],
    ["import a from './a b.js' // it holds 'a comment'", []],
    ["const a: 'one of these' = b", []],
  ])('%s', (source, texts) => {
    expect(textsOf(source)).toEqual(texts)
  })
})

import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { type ActionName, actionInputsOf, referencePage } from '../../src/input/action-metadata.js'
import { ACTION_OUTPUTS } from '../../src/input/command-line.js'

const ACTIONS: [ActionName, string][] = [
  ['plan', 'plan/action.yml'],
  ['build', 'action.yml'],
  ['merge', 'merge/action.yml'],
]

interface Metadata {
  runs: { using: string; main: string }
  inputs: Record<string, { description: string; default: string; required: boolean }>
  outputs: Record<string, { description: string }>
}

const metadata = (file: string): Metadata => parse(readFileSync(file, 'utf8'))

describe.each(ACTIONS)('%s: %s', (action, file) => {
  test('has the inputs of the table, with their defaults and descriptions', () => {
    const expected = actionInputsOf(action).map(input => [
      input.name,
      { description: input.doc, default: input.actionDefault ?? input.default, required: false },
    ])
    expect(Object.entries(metadata(file).inputs)).toEqual(expected)
  })

  test('has the outputs of the table', () => {
    const expected = Object.entries(ACTION_OUTPUTS[action]).map(([name, description]) => [
      name,
      { description },
    ])
    expect(Object.entries(metadata(file).outputs)).toEqual(expected)
  })

  test('runs its own bundle on Node.js 24', () => {
    const { runs } = metadata(file)
    expect(runs.using).toBe('node24')
    expect(runs.main.endsWith(`dist/${action}/index.js`)).toBe(true)
  })
})

test('the reference page is up to date (npm run docs)', () => {
  expect(readFileSync('docs/reference.md', 'utf8')).toBe(referencePage())
})

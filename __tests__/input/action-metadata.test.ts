import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { actionInputsOf, actionMetadata, referencePage } from '../../src/input/action-metadata.js'
import { type ActionName, listOutputs, setOutputs } from '../../src/input/action-outputs.js'

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
    const expected = actionInputsOf(action).map(({ name, ...input }) => [name, { ...input, required: false }])
    expect(Object.entries(metadata(file).inputs)).toEqual(expected)
  })

  test('has the outputs of the table', () => {
    const expected = listOutputs(action).map(([name, description]) => [name, { description }])
    expect(Object.entries(metadata(file).outputs)).toEqual(expected)
  })

  test('is up to date (npm run docs)', () => {
    expect(readFileSync(file, 'utf8').endsWith(`\n${actionMetadata(action)}`)).toBe(true)
  })

  test('runs its own bundle on Node.js 24', () => {
    const { runs } = metadata(file)
    expect(runs.using).toBe('node24')
    expect(runs.main.endsWith(`dist/${action}/index.js`)).toBe(true)
  })
})

test('an old name is a deprecated input and output', () => {
  const { inputs, outputs } = metadata('action.yml')
  expect(inputs.archives).toEqual({
    description: 'Deprecated: use `archive-layers`.',
    default: '',
    required: false,
  })
  expect(outputs.archives).toEqual({ description: 'Deprecated: use `archive-paths`.' })
})

test('a default that the metadata do not have is part of the description and of the reference', () => {
  const { compression } = metadata('action.yml').inputs
  expect(compression).toMatchObject({
    default: '',
    description: expect.stringMatching(/ Default: `gzip`\.$/),
  })
  expect(referencePage()).toContain('| `compression`<br>`--compression gzip\\|zstd` | `gzip` |')
})

test('an output is also set under its old name', () => {
  const set: [string, string][] = []
  const host = { setOutput: (name: string, value: string) => set.push([name, value]) }
  setOutputs('merge', { digest: 'a', 'archive-paths': 'b\nc' }, host)
  expect(set).toEqual([
    ['digest', 'a'],
    ['archive-paths', 'b\nc'],
    ['archives', 'b\nc'],
  ])
})

test('the reference page is up to date (npm run docs)', () => {
  expect(readFileSync('docs/reference.md', 'utf8')).toBe(referencePage())
})

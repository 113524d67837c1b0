import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { actionInputsOf, actionMetadata, referencePage } from '../../src/input/action-metadata.js'
import { type ActionName, listOutputs, setOutputs } from '../../src/input/action-outputs.js'

const ACTIONS: [ActionName, string][] = [
  ['plan', 'plan/action.yml'],
  ['build', 'action.yml'],
  ['merge', 'merge/action.yml'],
  ['publish', 'publish/action.yml'],
  ['verify', 'verify/action.yml'],
  ['prune', 'prune/action.yml'],
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
  const { outputs, warnings } = setOn('github', { digest: 'a', 'archive-paths': 'b\nc' })
  expect(outputs).toEqual({ digest: 'a', 'archive-paths': 'b\nc', archives: 'b\nc' })
  expect(warnings).toEqual([])
})

/** Sets outputs of the merge, and returns what the runner gets. */
function setOn(kind: 'github' | 'local', values: Parameters<typeof setOutputs<'merge'>>[1]) {
  const outputs: Record<string, string> = {}
  const warnings: string[] = []
  setOutputs('merge', values, {
    kind,
    setOutput: (name, value) => {
      outputs[name] = value
    },
    log: { warning: message => warnings.push(message) },
  })
  return { outputs, warnings }
}

describe('outputs that are larger than GitHub allows together', () => {
  const LISTS = { digest: 'a', image: 'b', tags: 'c' }
  const long = (length: number): string => 'x'.repeat(length)

  test('the JSON list is left out first, and the warning names it', () => {
    const images = long(300_000)
    const { outputs, warnings } = setOn('github', { ...LISTS, images, json: long(300_000) })
    expect(outputs).toEqual({ ...LISTS, images })
    expect(warnings).toEqual([
      'The output `json` is empty, because GitHub allows 1 MiB of outputs for each job. Run fewer containers in a job',
    ])
  })

  test('then the JSON object is left out', () => {
    const { outputs, warnings } = setOn('github', { ...LISTS, images: long(600_000), json: long(600_000) })
    expect(outputs).toEqual(LISTS)
    expect(warnings.join()).toMatch(/^The outputs `images` and `json` are empty, because GitHub allows 1 MiB/)
  })

  test('a value that has an old name too counts twice', () => {
    const { outputs } = setOn('github', { digest: 'a', 'archive-paths': long(300_000), json: '[]' })
    expect(Object.keys(outputs)).toEqual(['digest', 'json'])
  })

  test('all outputs together have at most 1 MiB in UTF-16', () => {
    const parts = {
      digest: long(200_000),
      image: long(200_000),
      tags: long(200_000),
      images: '{}',
      json: '[]',
    }
    const { outputs } = setOn('github', parts)
    expect(Object.keys(outputs)).toEqual(['digest', 'image', 'images', 'json'])
    expect(2 * Object.values(outputs).join('').length).toBeLessThan(1024 * 1024)
  })

  test('a local machine has no outputs, and no warning', () => {
    expect(setOn('local', { ...LISTS, json: long(600_000) }).warnings).toEqual([])
  })
})

test('the reference page is up to date (npm run docs)', () => {
  expect(readFileSync('docs/reference.md', 'utf8')).toBe(referencePage())
})

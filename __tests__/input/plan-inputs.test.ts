import { describe, expect, test } from '@jest/globals'
import { parseAnnotations, parseLabels } from '../../src/input/annotation-lines.js'
import { readInputs } from '../../src/input/input.js'
import { PLAN_INPUTS } from '../../src/input/inputs.js'
import { parseRunners } from '../../src/input/runners.js'
import { UsageError } from '../../src/util/error.js'

describe('runners', () => {
  test.each([
    ['', {}],
    ['aarch64-linux=arm', { 'aarch64-linux': 'arm' }],
    [
      'aarch64-linux=arm, x86_64-linux=big\nriscv64-linux = slow',
      { 'aarch64-linux': 'arm', 'x86_64-linux': 'big', 'riscv64-linux': 'slow' },
    ],
    [
      'aarch64-linux=[self-hosted, linux, arm64] x86_64-linux=big',
      { 'aarch64-linux': ['self-hosted', 'linux', 'arm64'], 'x86_64-linux': 'big' },
    ],
    [`aarch64-linux=["self-hosted", 'my arm']`, { 'aarch64-linux': ['self-hosted', 'my arm'] }],
  ])('%j', (text, runners) => {
    expect(parseRunners(text)).toEqual(runners)
  })

  test.each([
    ['arm', '"arm" is not a system, an equals sign'],
    ['arm64=x', '"arm64" is not a system; known: x86_64-linux'],
    ['aarch64-linux=', 'is not a system, an equals sign'],
    ['aarch64-linux=[]', 'names no label'],
    ['aarch64-linux=a aarch64-linux=b', 'aarch64-linux has two runners'],
  ])('%j is refused', (text, why) => {
    expect(() => parseRunners(text)).toThrow(why)
  })
})

describe('annotations and labels', () => {
  const BOTH = ['index', 'manifest']
  test.each([
    ['a.b=c', [{ key: 'a.b', value: 'c', on: BOTH }]],
    [
      'index:a=b\nmanifest:c=d=e',
      [
        { key: 'a', value: 'b', on: ['index'] },
        { key: 'c', value: 'd=e', on: ['manifest'] },
      ],
    ],
    ['manifest,index:a=b', [{ key: 'a', value: 'b', on: ['manifest', 'index'] }]],
    ['org.url=https://example.org/a:b', [{ key: 'org.url', value: 'https://example.org/a:b', on: BOTH }]],
    ['manifest:org.description=', [{ key: 'org.description', value: '', on: ['manifest'] }]],
    ['\n', []],
  ])('%j', (text, annotations) => {
    expect(parseAnnotations(text)).toEqual(annotations)
  })

  test.each([
    ['nothing', 'is no key, an equals sign and a value'],
    ['=x', 'is no key'],
    ['manifest-descriptor:a=b', '"manifest-descriptor" is no place for annotations; known: index, manifest'],
    ['manifest[linux/amd64]:a=b', 'is no place for annotations'],
  ])('%j is refused', (text, why) => {
    expect(() => parseAnnotations(text)).toThrow(why)
  })

  test('labels have no place, and the last of one name counts', () => {
    expect(parseLabels('a=1\nb=2\na=3=4')).toEqual({ a: '3=4', b: '2' })
  })
})

describe('the inputs of plan', () => {
  const read = (given: Record<string, string>) => readInputs(PLAN_INPUTS, name => given[name])

  test('have defaults', () => {
    expect(read({})).toMatchObject({
      systems: ['x86_64-linux', 'aarch64-linux'],
      runners: {},
      group: 'container',
      force: false,
      tags: { kind: 'auto' },
      push: 'auto',
      overwrite: false,
      planFile: undefined,
    })
  })

  test.each([{ group: 'job' }, { runners: 'x' }, { push: 'maybe' }, { systems: 'arm64' }])(
    '%j is refused',
    given => {
      expect(() => read(given)).toThrow(UsageError)
      expect(() => read(given)).toThrow(`Input \`${Object.keys(given)[0]}\``)
    },
  )
})

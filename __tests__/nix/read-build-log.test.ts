import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { stripControlCodes } from '../../src/nix/parse-log-lines.js'
import { type BuildProgress, createBuildLogReader, lacksJsonLog } from '../../src/nix/read-build-log.js'

/** What Nix 2.8.0 and a current Nix printed for the same builds, as JSON and in their usual format. */
const FOLDER = join(import.meta.dirname, 'build-logs')
const names = readdirSync(FOLDER)
  .filter(name => name.endsWith('.json.log'))
  .map(name => name.replace(/\.json\.log$/, ''))

function read(lines: readonly string[]): { text: string[]; progress: BuildProgress[] } {
  const text: string[] = []
  const progress: BuildProgress[] = []
  const push = createBuildLogReader({
    onLine: line => text.push(line),
    onProgress: each => progress.push(each),
  })
  for (const line of lines) push(line)
  return { text, progress }
}

const entry = (fields: object): string => `@nix ${JSON.stringify(fields)}`
const linesOf = (name: string): string[] => readFileSync(join(FOLDER, name), 'utf8').trimEnd().split('\n')

describe('the log of Nix as JSON', () => {
  test('is known for two versions, for a build that succeeds and one that fails', () => {
    expect(names).toHaveLength(4)
  })

  test.each(names)('has the same text as the usual format: %s', name => {
    const { text } = read(linesOf(`${name}.json.log`))
    expect(text.map(stripControlCodes)).toEqual(linesOf(`${name}.log`))
  })

  test.each(names)('has the number of derivations and the last line: %s', name => {
    const { progress } = read(linesOf(`${name}.json.log`))
    const isOk = name.endsWith('-ok')
    expect(progress.some(({ built }) => built.done === 1 && built.expected === 2)).toBe(true)
    expect(progress.findLast(({ lastLine }) => lastLine !== undefined)?.lastLine).toBe(
      isOk ? 'ok> compiling' : 'fail> no compiler',
    )
  })

  test('has the paths and bytes that are fetched', () => {
    const { text, progress } = read([
      entry({ action: 'start', id: 1, level: 0, text: '', type: 103 }),
      entry({ action: 'result', id: 1, type: 105, fields: [0, 2, 1, 0] }),
      entry({ action: 'result', id: 1, type: 106, fields: [100, 5000] }),
      entry({ action: 'start', id: 2, level: 3, text: "copying path 'a' from 'b'", type: 100 }),
      entry({ action: 'result', id: 2, type: 105, fields: [1000, 3000, 0, 0] }),
      entry({ action: 'result', id: 2, type: 105, fields: [3000, 3000, 0, 0] }),
      entry({ action: 'stop', id: 2 }),
      entry({ action: 'result', id: 1, type: 105, fields: [1, 2, 0, 0] }),
    ])
    expect(text).toEqual(["copying path 'a' from 'b'..."])
    expect(progress.at(-1)).toMatchObject({
      fetched: { done: 1, expected: 2 },
      fetchedBytes: { done: 3000, expected: 5000 },
    })
  })

  test.each([
    ['a line without JSON', 'warning: x', ['warning: x']],
    ['broken JSON', '@nix {"action":', ['@nix {"action":']],
    ['no object', '@nix 5', ['@nix 5']],
    ['an unknown action', entry({ action: 'new', text: 'x' }), []],
    ['a detail that Nix does not show', entry({ action: 'start', level: 5, text: 'x', type: 0 }), []],
    ['a wait', entry({ action: 'start', level: 3, text: 'x', type: 111 }), []],
    ['a message of two lines', entry({ action: 'msg', msg: 'a\nb' }), ['a', 'b']],
    ['a log line of an unknown build', entry({ action: 'result', id: 9, type: 101, fields: ['a'] }), ['a']],
    ['a result without fields', entry({ action: 'result', id: 9, type: 105 }), []],
  ])('%s', (_, line, text) => {
    expect(read([line]).text).toEqual(text)
  })

  test.each([
    ['hello-2.12.drv', 'hello'],
    ['docker-image-fd.tar.gz.drv', 'docker-image-fd.tar.gz'],
    ['a-1b-2.drv', 'a'],
  ])('names the derivation %s as %s', (file, name) => {
    const path = `/nix/store/${'0'.repeat(32)}-${file}`
    const { text } = read([
      entry({ action: 'start', id: 1, level: 3, text: '', type: 105, fields: [path, '', 1, 1] }),
      entry({ action: 'result', id: 1, type: 101, fields: ['a'] }),
      entry({ action: 'result', id: 1, type: 107, fields: ['b'] }),
    ])
    expect(text).toEqual([`${name}> a`, `${name} (post)> b`])
  })

  test.each([
    ["error: unrecognised flag '--log-format'", true],
    ["error: Unknown log format 'internal-json'", true],
    ['error: builder failed', false],
  ])('is missing: %s', (line, isMissing) => {
    expect(lacksJsonLog(line)).toBe(isMissing)
  })
})

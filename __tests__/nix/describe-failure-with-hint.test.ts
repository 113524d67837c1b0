import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import {
  findUserLocation,
  locateCause,
  parseTraceLocations,
} from '../../src/nix/describe-failure-with-hint.js'

const SOURCE = `/nix/store/${'d'.repeat(32)}-source`

/** A location as Nix prints it: the line before, the line itself, and a mark below it. */
const printLocation = (path: string, line: number, text: string): string =>
  [`       at ${path}:${line}:5:`, `  ${line - 1}| before`, `  ${line}| ${text}`, '    |     ^'].join('\n')

let root: string
const file = (path: string, lines: readonly string[]): void => {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), lines.join('\n'))
}
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'place-'))
  file('repo/.git/HEAD', [])
  file('repo/sub/flake.nix', ['{', '  a = throw "no";', '}'])
  file('repo/sub/lib/x.nix', ['first', 'second'])
  file('repo/lib/top.nix', ['top'])
  file('loose/flake.nix', ['{', '  a = 1;', '}'])
  file('flake.nix', ['above'])
})
afterAll(() => rmSync(root, { recursive: true }))

describe('trace locations', () => {
  test('include the printed line, and start with the last location of a trace', () => {
    const words = [
      "       … while evaluating attribute 'n'",
      '         at «string»:1:6:',
      '            1| p: { n = 1; }',
      printLocation(`${SOURCE}/flake.nix`, 14, '  x = throw "no";'),
      printLocation('«git+file:///w/repo?dir=sub»/sub/flake.nix', 2, 'y'),
      printLocation('/w/repo/lib/my lib.nix', 3, 'z'),
    ]
    expect(parseTraceLocations([...words, '       error: no'].join('\n'))).toEqual([
      { path: '/w/repo/lib/my lib.nix', line: 3, column: 5, text: 'z' },
      { path: 'sub/flake.nix', line: 2, column: 5, text: 'y' },
      { path: 'flake.nix', line: 14, column: 5, text: '  x = throw "no";' },
    ])
  })

  test('start with the error itself if old versions print the trace after the error', () => {
    const trace = [printLocation('/outer.nix', 1, 'a'), printLocation('/inner.nix', 2, 'b')]
    const error = ['error: no', printLocation('/own.nix', 3, 'c')]
    const paths = (words: readonly string[]): string[] =>
      parseTraceLocations(words.join('\n')).map(({ path }) => path)
    expect(paths([...trace, ...error])).toEqual(['/own.nix', '/inner.nix', '/outer.nix'])
    expect(paths([...error, ...trace.toReversed()])).toEqual(['/own.nix', '/inner.nix', '/outer.nix'])
  })

  test('are found inside a sentence, also with an empty line before the snippet, as in Nix 2.8', () => {
    const words = [
      `error: anonymous function at ${SOURCE}/lib/other.nix:1:1 called without required argument 'image'`,
      '',
      `       at ${SOURCE}/flake.nix:17:24:`,
      '',
      '           16|         indirect = 1;',
      '           17|         missing-arg = 2;',
      '             |                        ^',
    ]
    expect(parseTraceLocations(words.join('\n'))).toEqual([
      { path: 'lib/other.nix', line: 1, column: 1, text: undefined },
      { path: 'flake.nix', line: 17, column: 24, text: '        missing-arg = 2;' },
    ])
  })

  test('are empty for other messages', () => {
    expect(parseTraceLocations('error: no version yet\nlooking at 12:30:45')).toEqual([])
  })
})

describe('the location in the user’s flake', () => {
  const locate = (words: string, flake = './sub', cwd = join(root, 'repo')) =>
    findUserLocation(words, flake, cwd)
  const at = (path: string, line: number) => ({ file: join(root, path), line, column: 5 })

  test('is found if the path is relative to the flake or to its Git repository', async () => {
    const line = '  a = throw "no";'
    expect(await locate(printLocation(`${SOURCE}/flake.nix`, 2, line))).toEqual(at('repo/sub/flake.nix', 2))
    expect(await locate(printLocation(`${SOURCE}/sub/flake.nix`, 2, line))).toEqual(
      at('repo/sub/flake.nix', 2),
    )
    expect(await locate(printLocation(`${SOURCE}/lib/top.nix`, 1, 'top'))).toEqual(at('repo/lib/top.nix', 1))
    expect(await locate(printLocation(join(root, 'repo/sub/flake.nix'), 2, line))).toEqual(
      at('repo/sub/flake.nix', 2),
    )
  })

  test('is the nearest one; files of other sources with the same name are ignored', async () => {
    const words = [
      printLocation(`${SOURCE}/flake.nix`, 2, '  a = throw "no";'),
      printLocation(`${SOURCE}/lib/x.nix`, 2, 'second'),
      printLocation(`${SOURCE}/lib/x.nix`, 1, 'of another source'),
      printLocation(`${SOURCE}/absent.nix`, 1, 'x'),
      'error: no',
    ]
    expect(await locate(words.join('\n'))).toEqual(at('repo/sub/lib/x.nix', 2))
  })

  test.each([
    ['git+file with dir', 'git+file:.?dir=sub'],
    ['path', 'path:sub'],
    ['git+file whole', 'git+file:.'],
  ])('is found for the reference %s', async (_, flake) => {
    const words = printLocation(`${SOURCE}/sub/flake.nix`, 2, '  a = throw "no";')
    expect(await locate(words, flake)).toEqual(at('repo/sub/flake.nix', 2))
  })

  test('is not outside the flake', async () => {
    const loose = join(root, 'loose')
    expect(await locate(printLocation(`${SOURCE}/flake.nix`, 2, '  a = 1;'), '.', loose)).toEqual(
      at('loose/flake.nix', 2),
    )
    expect(await locate(printLocation(`${SOURCE}/../flake.nix`, 1, 'above'), '.', loose)).toBeUndefined()
    expect(await locate(printLocation(join(root, 'flake.nix'), 1, 'above'), '.', loose)).toBeUndefined()
  })

  test('is not searched for in a remote flake', async () => {
    expect(await locate(printLocation(`${SOURCE}/flake.nix`, 1, '{'), 'github:a/b')).toBeUndefined()
  })

  test('needs the full trace only if Nix shortened the trace and the location is missing', async () => {
    const asked: string[] = []
    const trace = async () => {
      asked.push('trace')
      return { stderr: `${printLocation(`${SOURCE}/flake.nix`, 2, '  a = throw "no";')}\n       error: no` }
    }
    const cause = (stderr: string, flake = './sub') =>
      locateCause({ stderr }, trace, flake, join(root, 'repo'))
    const cut = "(stack trace truncated; use '--show-trace' to show the full trace)\nerror: no"
    expect(await cause('error: no')).toBeUndefined()
    expect(await cause(cut, 'github:a/b')).toBeUndefined()
    expect(await cause(`${cut}\n${printLocation(`${SOURCE}/lib/x.nix`, 2, 'second')}`)).toEqual(
      at('repo/sub/lib/x.nix', 2),
    )
    expect(asked).toEqual([])
    expect(await cause(cut)).toEqual(at('repo/sub/flake.nix', 2))
    expect(asked).toEqual(['trace'])
  })
})

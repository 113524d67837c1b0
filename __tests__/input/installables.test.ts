import { describe, expect, test } from '@jest/globals'
import { parseCommandLine } from '../../src/input/command-line.js'
import { BUILD_INPUTS } from '../../src/input/input-table.js'
import { readInputs } from '../../src/input/read-inputs.js'

const HOST = { log: { warning: () => {} } }

function read(...args: string[]) {
  const request = parseCommandLine(['build', ...args])
  if (request.kind !== 'run') throw new Error(request.kind)
  const { flake, containers, systems, attribute } = readInputs(BUILD_INPUTS, request.source, HOST)
  return { flake, containers, systems, attribute: attribute.text }
}

const DEFAULTS = { flake: '.', containers: [], systems: [], attribute: 'packages.{system}.{name}' }

describe('what Nix users type', () => {
  test.each([
    [['.#hello'], { containers: ['hello'] }],
    [['--flake', '.#hello'], { containers: ['hello'] }],
    [['-f', './a#hello'], { flake: './a', containers: ['hello'] }],
    [['.'], {}],
    [['.#'], {}],
    [['github:o/r'], { flake: 'github:o/r' }],
    [['github:o/r#a', 'b'], { flake: 'github:o/r', containers: ['a', 'b'] }],
    [['.#a', '.#b', '.#a'], { containers: ['a', 'b'] }],
    [['.#a', '--containers', 'b'], { containers: ['b', 'a'] }],
    [['.#hello^out'], { containers: ['hello'] }],
    [['.#"a.b"'], { containers: ['a.b'] }],
    [['.#packages.x86_64-linux.hello'], { containers: ['hello'], systems: ['x86_64-linux'] }],
    [['.#.packages.x86_64-linux.hello'], { containers: ['hello'], systems: ['x86_64-linux'] }],
    [
      ['.#packages.x86_64-linux.a', '.#packages.aarch64-linux.a'],
      { containers: ['a'], systems: ['x86_64-linux', 'aarch64-linux'] },
    ],
    [['.#packages.aarch64-linux.a', '.#b'], { containers: ['a', 'b'], systems: ['aarch64-linux'] }],
    [
      ['.#legacyPackages.x86_64-linux.my.app'],
      { containers: ['app'], systems: ['x86_64-linux'], attribute: 'legacyPackages.{system}.my.{name}' },
    ],
    [['.#hello.image'], { containers: ['image'], attribute: 'packages.{system}.hello.{name}' }],
    [
      ['.#a', '--attribute', 'images.{system}.{name}'],
      { containers: ['a'], attribute: 'images.{system}.{name}' },
    ],
    [['path:./a?dir=b#c'], { flake: 'path:./a?dir=b', containers: ['c'] }],
  ])('build %j is understood', (args, expected) => {
    expect(read(...args)).toEqual({ ...DEFAULTS, ...expected })
  })

  test.each([
    [['.#a', './b#c'], 'There is more than one flake: . and ./b'],
    [['.#packages.x86_64-linux.a', '--systems', 'aarch64-linux'], 'The attribute is for x86_64-linux'],
    [['.#legacyPackages.x86_64-linux.a', '.#b'], 'There is more than one attribute'],
    [
      ['.#images.x86_64-linux.a', '--attribute', 'packages.{system}.{name}'],
      'There is more than one attribute',
    ],
    [['.#a..b'], 'after the # is not an attribute'],
    [['hello'], '`build` does not accept the argument "hello"'],
    [['.', 'hello'], '`build` does not accept the argument "hello"'],
  ])('build %j is refused', (args, why) => {
    expect(() => read(...args)).toThrow(why)
  })

  test('the input of an action is understood in the same way', () => {
    const source = (name: string) => (name === 'flake' ? '.#hello' : undefined)
    expect(readInputs(BUILD_INPUTS, source, HOST)).toMatchObject({ flake: '.', containers: ['hello'] })
  })

  test('`cache` accepts them after its own argument', () => {
    const request = parseCommandLine(['cache', 'check', '.#hello'])
    expect(request).toMatchObject({ kind: 'run', operands: ['check'] })
    expect(request.kind === 'run' && request.source('flake')).toBe('.#hello')
  })
})

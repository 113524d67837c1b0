import { describe, expect, test } from '@jest/globals'
import type { Container } from '../../src/nix/container.js'
import { lastError, lastWords, plainText } from '../../src/nix/log.js'
import { buildContainer, buildContainers } from '../../src/nix/realise.js'
import { fakeNix, rejection } from './fakes.js'

const container = (name: string, more: Partial<Container> = {}): Container => ({
  name,
  system: 'aarch64-linux',
  attribute: `packages.aarch64-linux.${name}`,
  builder: 'aarch64-linux',
  derivation: `/nix/store/1-${name}.drv`,
  output: 'out',
  streamed: false,
  ...more,
})

const built = (...names: string[]) =>
  JSON.stringify(
    names.map(name => ({ drvPath: `/nix/store/1-${name}.drv`, outputs: { out: `/nix/store/2-${name}` } })),
  )

describe('building', () => {
  test('gives store paths in the order of the containers, whatever the order of the answer', async () => {
    const nix = fakeNix({ answer: () => ({ stdout: built('b', 'a') }) })
    const paths = await buildContainers(nix, [container('a'), container('b'), container('a')])
    expect(paths).toEqual(['/nix/store/2-a', '/nix/store/2-b', '/nix/store/2-a'])
    expect(nix.asked).toEqual([
      [
        'build',
        '--no-link',
        '--json',
        '--print-build-logs',
        '/nix/store/1-a.drv^out',
        '/nix/store/1-b.drv^out',
      ],
    ])
  })

  test.each([
    ['nix (Nix) 2.8.0', '/nix/store/1-a.drv'],
    ['nix (Nix) 2.12.1', '/nix/store/1-a.drv'],
    ['nix (Nix) 2.13.0', '/nix/store/1-a.drv^out'],
    ['nix (Lix, like Nix) 2.93.0', '/nix/store/1-a.drv^out'],
  ])('%s is given %s', async (version, installable) => {
    const nix = fakeNix({ version, answer: () => ({ stdout: built('a') }) })
    expect(await buildContainer(nix, container('a'))).toBe('/nix/store/2-a')
    expect(nix.asked[0]?.at(-1)).toBe(installable)
  })

  test('takes the output that is the image', async () => {
    const stdout =
      '[{"drvPath":"/nix/store/1-a.drv","outputs":{"out":"/nix/store/2","image":"/nix/store/3"}}]'
    const nix = fakeNix({ answer: () => ({ stdout }) })
    expect(await buildContainer(nix, container('a', { output: 'image' }))).toBe('/nix/store/3')
  })

  test('passes options on and lines back', async () => {
    const nix = fakeNix({ answer: () => ({ stdout: built('a'), stderr: 'one\ntwo\n' }) })
    const lines: string[] = []
    const options = ['--option', 'extra-platforms', 'aarch64-linux']
    await buildContainer(nix, container('a'), { options, onLine: line => lines.push(line) })
    expect(nix.asked[0]?.slice(4, 7)).toEqual(options)
    expect(lines).toEqual(['one', 'two'])
  })

  test('nothing asks Nix nothing', async () => {
    const nix = fakeNix({})
    expect(await buildContainers(nix, [])).toEqual([])
    expect(nix.asked).toEqual([])
  })

  test('an answer without the path is an error', async () => {
    const nix = fakeNix({ answer: () => ({ stdout: built('b') }) })
    await expect(buildContainer(nix, container('a'))).rejects.toThrow('the output out of /nix/store/1-a.drv')
  })
})

describe('a failed build', () => {
  const failure = (stderr: string, names = ['a'], options: string[] = []) => {
    const nix = fakeNix({ answer: () => ({ code: 1, stderr }) })
    return rejection(
      buildContainers(
        nix,
        names.map(name => container(name)),
        { options },
      ),
    )
  }

  test('names the container, its attribute, and what Nix said last', async () => {
    const noise = Array.from({ length: 100 }, (_, n) => `a> line ${n}`)
    const error = await failure(
      [
        "warning: the group 'nixbld' specified in 'build-users-group' does not exist",
        ...noise,
        "error: builder for '/nix/store/1-a.drv' failed with exit code 3",
      ].join('\n'),
    )
    expect(error.message).toMatch(/^a \(packages\.aarch64-linux\.a\) could not be built:\na> line 76\n/)
    expect(error.message).toMatch(/line 99\nerror: builder for .* failed with exit code 3$/)
    expect(error.hint).toBeUndefined()
  })

  test('names the one that failed', async () => {
    const error = await failure(
      "building '/nix/store/1-a.drv'...\nbuilding '/nix/store/1-b.drv'...\nerror: Cannot build '/nix/store/1-b.drv'.",
      ['a', 'b'],
    )
    expect(error.message).toMatch(/^b \(packages\.aarch64-linux\.b\) could/)
  })

  test('names all when it is not known which', async () => {
    const error = await failure('error: out of memory', ['a', 'b'])
    expect(error.message).toMatch(/^a \(packages\.aarch64-linux\.a\), b \(packages\.aarch64-linux\.b\) could/)
  })

  test.each([
    [
      "error: a 'aarch64-linux' with features {} is required to build '/nix/store/1-a.drv', but I am a 'x86_64-linux'",
      'ubuntu-24.04-arm',
    ],
    [
      "error: Cannot build '/nix/store/1-a.drv'.\n       Reason: platform mismatch\n       Required system: 'aarch64-linux'",
      'qemu-user-static',
    ],
    [
      "warning: ignoring the client-specified setting 'extra-platforms', because it is a restricted setting",
      'trusted-users',
    ],
    ["a> error: executing '/nix/store/3-bash': Exec format error", 'qemu-user-static'],
    ['error: writing to file: No space left on device', 'larger disk'],
  ])('%j has a hint on %s', async (stderr, hint) => {
    expect((await failure(stderr)).hint).toContain(hint)
  })

  test('a daemon that silently ignores the option is recognised', async () => {
    const stderr = "error: a 'aarch64-linux' with features {} is required to build '/nix/store/1-a.drv'"
    const error = await failure(stderr, ['a'], ['--option', 'extra-platforms', 'aarch64-linux'])
    expect(error.hint).toContain('trusted-users')
  })
})

describe("Nix's words", () => {
  test('are shown without colours, control characters and noise', () => {
    const stderr =
      "\x1b[35;1mbuilding\x1b[0m\nthese 2 derivations will be built:\n  /nix/store/1-a.drv\na> \n\na> \u0001\u0005x\r\nwarning: Git tree '/x' is dirty\n"
    expect(lastWords({ stderr })).toBe('building\na>  x')
  })

  test('keep tabs and newlines', () => {
    expect(plainText('a\tb\nc\0\0d')).toBe('a\tb\nc d')
  })

  test('without an error are the last lines', () => {
    expect(lastError({ stderr: 'one\ntwo\nthree' }, 2)).toBe('two\nthree')
  })

  test('keep what is less indented than the error', () => {
    expect(lastError({ stderr: 'error: a\n    error: b\n      c\nd' })).toBe('error: b\n  c\nd')
  })
})

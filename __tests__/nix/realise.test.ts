import { describe, expect, test } from '@jest/globals'
import type { Container } from '../../src/nix/container.js'
import { lastErrorOf, lastLinesOf, stripControlCodes } from '../../src/nix/parse-log-lines.js'
import type { BuildProgress } from '../../src/nix/read-build-log.js'
import { buildContainer } from '../../src/nix/realise.js'
import { evaluatedContainer, fakeNix, rejection } from './fakes.js'

const FLAGS = ['--no-link', '--json', '--print-build-logs', '--log-format', 'internal-json']

describe('building a container', () => {
  const container = (name: string, more: Partial<Container> = {}): Container =>
    evaluatedContainer(name, { system: 'aarch64-linux', derivation: `/nix/store/1-${name}.drv`, ...more })

  const formatBuilds = (...names: string[]) =>
    JSON.stringify(
      names.map(name => ({ drvPath: `/nix/store/1-${name}.drv`, outputs: { out: `/nix/store/2-${name}` } })),
    )

  describe('a build', () => {
    test('builds one path without a result link', async () => {
      const nix = fakeNix({ answer: () => ({ stdout: formatBuilds('a') }) })
      expect(await buildContainer(nix, container('a'))).toBe('/nix/store/2-a')
      expect(nix.asked).toEqual([['build', ...FLAGS, '/nix/store/1-a.drv^out']])
    })

    test.each([
      ['nix (Nix) 2.8.0', '/nix/store/1-a.drv'],
      ['nix (Nix) 2.12.1', '/nix/store/1-a.drv'],
      ['nix (Nix) 2.13.0', '/nix/store/1-a.drv^out'],
      ['nix (Lix, like Nix) 2.93.0', '/nix/store/1-a.drv^out'],
    ])('passes %s the installable %s', async (version, installable) => {
      const nix = fakeNix({ version, answer: () => ({ stdout: formatBuilds('a') }) })
      expect(await buildContainer(nix, container('a'))).toBe('/nix/store/2-a')
      expect(nix.asked[0]?.at(-1)).toBe(installable)
    })

    test('returns the output that is the image', async () => {
      const stdout =
        '[{"drvPath":"/nix/store/1-a.drv","outputs":{"out":"/nix/store/2","image":"/nix/store/3"}}]'
      const nix = fakeNix({ answer: () => ({ stdout }) })
      expect(await buildContainer(nix, container('a', { output: 'image' }))).toBe('/nix/store/3')
    })

    test('passes options to Nix, and log lines to the caller', async () => {
      const nix = fakeNix({ answer: () => ({ stdout: formatBuilds('a'), stderr: 'one\ntwo\n' }) })
      const lines: string[] = []
      const options = ['--option', 'extra-platforms', 'aarch64-linux']
      await buildContainer(nix, container('a'), { options, onLine: line => lines.push(line) })
      expect(nix.asked[0]?.slice(4, 7)).toEqual(options)
      expect(lines).toEqual(['one', 'two'])
    })

    test('reads the JSON log: its text, its progress and its error', async () => {
      const build = '@nix {"action":"start","id":1,"level":0,"text":"","type":104}'
      const count = '@nix {"action":"result","fields":[1,2,1,0],"id":1,"type":105}'
      const failed = '@nix {"action":"msg","level":0,"msg":"\\u001b[31;1merror:\\u001b[0m builder failed"}'
      const stderr = [build, count, failed].join('\n')
      const nix = fakeNix({ answer: () => ({ code: 1, stderr }) })
      const counts: unknown[] = []
      const onProgress = ({ built }: BuildProgress) => counts.push(built)
      const error = await rejection(buildContainer(nix, container('a'), { onProgress }))
      expect(error.message).toBe('a (packages.aarch64-linux.a) could not be built:\nerror: builder failed')
      expect(counts).toEqual([{ done: 1, expected: 2 }])
    })

    test('builds with the usual log if Nix has no JSON log', async () => {
      const nix = fakeNix({
        answer: args =>
          args.includes('internal-json')
            ? { code: 1, stderr: "error: unrecognised flag '--log-format'" }
            : { stdout: formatBuilds('a') },
      })
      expect(await buildContainer(nix, container('a'))).toBe('/nix/store/2-a')
      expect(nix.asked.map(args => args.includes('--log-format'))).toEqual([true, false])
    })

    test('throws an error if Nix prints no path', async () => {
      const nix = fakeNix({ answer: () => ({ stdout: formatBuilds('b') }) })
      await expect(buildContainer(nix, container('a'))).rejects.toThrow(
        'the output out of /nix/store/1-a.drv',
      )
    })
  })

  describe('a failed build', () => {
    const failure = (stderr: string, options: string[] = []) => {
      const nix = fakeNix({ answer: () => ({ code: 1, stderr }) })
      return rejection(buildContainer(nix, container('a'), { options }))
    }

    test('contains the container, its attribute and the end of the log', async () => {
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
    ])('%j has a hint about %s', async (stderr, hint) => {
      expect((await failure(stderr)).hint).toContain(hint)
    })

    test('has a hint if the daemon silently ignored an option', async () => {
      const stderr = "error: a 'aarch64-linux' with features {} is required to build '/nix/store/1-a.drv'"
      const error = await failure(stderr, ['--option', 'extra-platforms', 'aarch64-linux'])
      expect(error.hint).toContain('trusted-users')
    })
  })

  describe('the output of Nix', () => {
    test('is shown without colors, control characters and noise', () => {
      const stderr =
        "\x1b[35;1mbuilding\x1b[0m\nthese 2 derivations will be built:\n  /nix/store/1-a.drv\na> \n\na> \u0001\u0005x\r\nwarning: Git tree '/x' is dirty\n"
      expect(lastLinesOf({ stderr })).toBe('building\na>  x')
    })

    test('keeps tabs and newlines', () => {
      expect(stripControlCodes('a\tb\nc\0\0d')).toBe('a\tb\nc d')
    })

    test('is shortened to the last lines if it contains no error', () => {
      expect(lastErrorOf({ stderr: 'one\ntwo\nthree' }, 2)).toBe('two\nthree')
    })

    test('includes lines with less indentation than the error', () => {
      expect(lastErrorOf({ stderr: 'error: a\n    error: b\n      c\nd' })).toBe('error: b\n  c\nd')
    })
  })
})

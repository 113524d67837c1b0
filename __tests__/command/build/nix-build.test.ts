import { describe, expect, test } from '@jest/globals'
import { formatBuildProgress } from '../../../src/command/build/build-container.js'
import { buildWithCacheFallback, warnOfCacheProblems } from '../../../src/command/build/nix-build.js'
import type { BuildProgress } from '../../../src/nix/read-build-log.js'
import { fakeNix, rejection } from '../../nix/fakes.js'
import { containerOf } from '../../support/archives.js'

const HELLO = containerOf('hello', 'x86_64-linux')
const MINE = 'https://mine.cachix.org'
const STORE = 'file:///cache/store'
const DOWN = `error: unable to download '${MINE}/nar/0gg2.nar.xz': HTTP error 500`

/** Returns a fake Nix whose first build fails. */
function nixThatFails(stderr: string, substituters = ['https://cache.nixos.org/', `${MINE}?priority=30`]) {
  const built = JSON.stringify([{ drvPath: HELLO.derivation, outputs: { out: '/nix/store/2-hello' } }])
  let tries = 0
  return fakeNix({
    settings: { substituters },
    answer: () => (tries++ > 0 ? { stdout: built } : { code: 1, stderr }),
  })
}

function build(nix: ReturnType<typeof nixThatFails>) {
  const warnings: string[] = []
  const lines: string[] = []
  const options = {
    options: ['--option', 'cores', '1'],
    extraCaches: [`${STORE}?trusted=1`],
    onLine: (line: string) => lines.push(line),
  }
  const log = { warning: (text: string) => warnings.push(text) }
  return { warnings, lines, path: buildWithCacheFallback(nix, HELLO, log, options) }
}

describe('a build that fails after a cache problem', () => {
  test('is retried without the cache, with a warning', async () => {
    const nix = nixThatFails(DOWN)
    const { path, warnings, lines } = build(nix)
    expect(await path).toBe('/nix/store/2-hello')
    expect(warnings).toEqual([`hello for x86_64-linux: the build failed, retrying without ${MINE}`])
    expect(lines).toEqual([DOWN])
    expect(nix.asked).toHaveLength(2)
    expect(nix.asked[1]?.join(' ')).toContain(
      `--option substituters https://cache.nixos.org/ --option cores 1 --option extra-substituters ${STORE}?trusted=1 `,
    )
  })

  test("is retried without the extra cache, but with Nix's own caches", async () => {
    const nix = nixThatFails(`error: NAR for '/nix/store/1-x' fetched from '${STORE}' is incomplete`)
    const { path, warnings } = build(nix)
    expect(await path).toBe('/nix/store/2-hello')
    expect(warnings).toEqual([`hello for x86_64-linux: the build failed, retrying without ${STORE}`])
    expect(nix.asked[0]?.join(' ')).toContain(
      `--option extra-substituters ${STORE}?trusted=1 --option fallback true`,
    )
    expect(nix.asked[1]?.join(' ')).toContain('--option cores 1')
    expect(nix.asked[1]?.join(' ')).not.toMatch(/substituters|fallback/)
  })

  test.each([
    ['a failed builder', `${DOWN}\nerror: builder for '/nix/store/1-x.drv' failed with exit code 3`],
    [
      'a failed builder, in the words of newer versions of Nix',
      `${DOWN}\nerror: Cannot build '/nix/store/1-x.drv'.\nReason: builder failed with exit code 3.`,
    ],
    ['no problem with a cache', 'error: out of memory'],
    ['a problem that Nix handles', `warning: ignoring untrusted substituter '${MINE}'\nerror: out of memory`],
    ['a cache that is not configured', `${DOWN.replace('mine', 'other')}`],
  ])('is not retried for: %s', async (_, stderr) => {
    const nix = nixThatFails(stderr)
    const { path, warnings } = build(nix)
    expect((await rejection(path)).message).toContain('could not be built')
    expect(warnings).toEqual([])
    expect(nix.asked).toHaveLength(1)
  })

  test('throws the failure of the second build', async () => {
    const nix = fakeNix({
      settings: { substituters: [MINE] },
      answer: args => ({ code: 1, stderr: args.includes('substituters') ? 'error: no compiler' : DOWN }),
    })
    expect((await rejection(build(nix).path)).message).toContain('error: no compiler')
    expect(nix.asked).toHaveLength(2)
  })
})

test('keys that the daemon ignores cause one warning, and its other settings none', () => {
  const warnings: string[] = []
  const read = warnOfCacheProblems({ warning: text => warnings.push(text) })
  const because = 'because it is a restricted setting and you are not a trusted user'
  for (const name of ['trusted-public-keys', 'extra-trusted-public-keys', 'build-poll-interval'])
    read(`warning: ignoring the client-specified setting '${name}', ${because}`)
  expect(warnings).toEqual([expect.stringMatching(/ignored the public keys.*Add yourself to trusted-users/)])
})

describe('the amount of a build', () => {
  const none = { done: 0, expected: 0 }
  const progress = { built: none, fetched: none, fetchedBytes: none, lastLine: undefined }

  test.each<[Partial<BuildProgress>, string]>([
    [{}, ''],
    [{ built: { done: 0, expected: 1 } }, ''],
    [{ built: { done: 3, expected: 8 } }, '3 of 8 built'],
    [
      {
        built: { done: 0, expected: 2 },
        fetched: { done: 2, expected: 5 },
        fetchedBytes: { done: 12_000_000, expected: 40_000_000 },
      },
      '0 of 2 built, 2 of 5 fetched, 12.0 MB of 40.0 MB',
    ],
    [{ fetchedBytes: { done: 5000, expected: 4000 } }, '5.0 kB of 5.0 kB'],
  ])('%j is %j', (given, text) => {
    expect(formatBuildProgress({ ...progress, ...given })).toBe(text)
  })
})

import { describe, expect, test } from '@jest/globals'
import { parseCacheProblem } from '../../src/nix/parse-log-lines.js'

const AT = 'http://127.0.0.1:21999/caches/mine'
const PATH = '/nix/store/wn35wjxdm4k82m237k8xf2ywgi631gfx-image'
const NARINFO = `${AT}/wn35wjxdm4k82m237k8xf2ywgi631gfx.narinfo`
const NAR = 'nar/0gg2jr7g9cb6lmh19dm8w39h3i488mx7w7jv8q19b1vs4w5hx3jk.nar.xz'
const KEYS = "signed by any of the keys in 'trusted-public-keys'"

describe('cache problems', () => {
  test.each([
    ['2.34.8', `warning: ignoring substitute for '${PATH}' from '${AT}', as it's not ${KEYS}`, 'unsigned'],
    ['2.8.0', `warning: the substitute for '${PATH}' from '${AT}' is not ${KEYS}`, 'unsigned'],
    [
      '2.34.8',
      `warning: ignoring untrusted substituter '${AT}', you are not a trusted user.`,
      'untrusted-user',
    ],
    ['2.8.0', `warning: ignoring untrusted substituter '${AT}'`, 'untrusted-user'],
    ['2.34.8', `warning: unable to download '${AT}/nix-cache-info': HTTP error 401`, 'refused'],
    ['both', `warning: '${AT}' does not appear to be a binary cache`, 'no-cache'],
    [
      '2.34.8',
      `warning: unable to download '${AT}/nix-cache-info': Could not connect to server (7) Failed to connect`,
      'unreachable',
    ],
    [
      '2.8.0',
      `warning: unable to download '${AT}/nix-cache-info': Couldn't connect to server (7)`,
      'unreachable',
    ],
    [
      '2.8.0',
      `warning: unable to download '${NARINFO}': HTTP error 500 ('Internal Server Error')`,
      'unreachable',
    ],
    ['2.34.8', `error: unable to download '${AT}/${NAR}': HTTP error 500`, 'unreachable'],
    ['2.8.0', `disabling binary cache '${AT}' for 60 seconds`, 'unreachable'],
    ['2.34.8', `warning: file '${NAR}' does not exist in binary cache '${AT}'`, 'incomplete'],
    ['2.8.0', `error: file '${NAR}' does not exist in binary cache '${AT}'`, 'incomplete'],
    ['both', `error: NAR for '${PATH}' fetched from '${AT}' is incomplete`, 'incomplete'],
  ])('%s: %s', (_, line, kind) => {
    expect(parseCacheProblem(line)).toMatchObject({
      cache: AT,
      kind,
      description: expect.stringMatching(/^\w.{20}/),
    })
  })

  test('are found in colored output', () => {
    const line = `\x1b[35;1mwarning:\x1b[0m unable to download '\x1b[35;1m${AT}/nix-cache-info\x1b[0m': HTTP error 403`
    expect(parseCacheProblem(line)).toMatchObject({ cache: AT, kind: 'refused' })
  })

  test.each([
    `warning: unable to download '${AT}/nix-cache-info': HTTP error 500; retrying in 265 ms (attempt 1/5)`,
    `warning: error: unable to download '${AT}/${NAR}': HTTP error 500 ('Internal Server Error'); retrying in 301 ms`,
    "error: unable to download 'https://github.com/NixOS/nixpkgs/archive/x.tar.gz': HTTP error 404",
    `copying path '${PATH}' from '${AT}'...`,
    "tool> ignoring the rest of 'x'",
    '',
  ])('are not found in other messages: %s', line => {
    expect(parseCacheProblem(line)).toBeUndefined()
  })
})

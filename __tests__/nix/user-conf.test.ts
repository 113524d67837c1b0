import { describe, expect, test } from '@jest/globals'
import { formatUserConf, listUserConfFiles, type UserConf } from '../../src/nix/user-conf.js'

const conf = (more: Partial<UserConf> = {}) =>
  formatUserConf({ substituters: [], publicKeys: [], lines: [], ...more })
const FEATURES = 'extra-experimental-features = nix-command flakes\n'

describe('the settings of a job', () => {
  test('include only what is set', () => {
    expect(conf()).toBe(FEATURES)
    const all = conf({
      substituters: ['https://a', 'https://b'],
      publicKeys: ['a:1', 'b:2'],
      netrcFile: '/private/netrc',
      githubToken: 'token',
      lines: ['max-jobs = 2', '!include /etc/more.conf'],
    })
    expect(all.split('\n')).toEqual([
      'extra-experimental-features = nix-command flakes',
      'fallback = true',
      'connect-timeout = 15',
      'stalled-download-timeout = 60',
      'extra-substituters = https://a https://b',
      'extra-trusted-public-keys = a:1 b:2',
      'netrc-file = /private/netrc',
      'extra-access-tokens = github.com=token',
      'max-jobs = 2',
      '!include /etc/more.conf',
      '',
    ])
  })

  test.each([
    ['https://github.com', true],
    ['https://github.com/', true],
    ['https://github.example.org', false],
    ['https://github.com.example.org', false],
    ['http://github.com', false],
    ['', false],
  ])('contain a token of the server %j: %s', (githubServer, given) => {
    expect(conf({ githubServer, githubToken: 'token' }).includes('token')).toBe(given)
  })

  test('contain the access tokens of the user, and the one for github.com in place of the token of the run', () => {
    const lineOf = (accessTokens: string[]): string | undefined =>
      conf({ githubToken: 'run', accessTokens })
        .split('\n')
        .find(line => line.startsWith('extra-access-tokens'))
    expect(lineOf(['gitlab.com=PAT:x'])).toBe('extra-access-tokens = github.com=run gitlab.com=PAT:x')
    expect(lineOf(['github.com=mine', 'gitlab.com=PAT:x'])).toBe(
      'extra-access-tokens = github.com=mine gitlab.com=PAT:x',
    )
    expect(lineOf(['github.com/me=mine'])).toBe('extra-access-tokens = github.com=run github.com/me=mine')
  })

  test('accept settings of a flake only if the user says so', () => {
    expect(conf({ substituters: ['https://a'], githubToken: 'x' })).not.toContain('accept-flake-config')
    expect(conf({ lines: ['accept-flake-config = true'] })).toContain('accept-flake-config = true')
  })

  test.each(['a\nsandbox = false', 'a#b', 'a\rb'])(
    'do not accept a value with a newline or comment: %j',
    value => {
      expect(() => conf({ githubToken: value })).toThrow(
        'The value for the Nix setting extra-access-tokens contains a newline, a # or a control character',
      )
      expect(() => conf({ netrcFile: value })).toThrow('netrc-file')
    },
  )
})

describe('the list of configuration files', () => {
  test.each<[string, Record<string, string>, string]>([
    ['before NIX_USER_CONF_FILES', { NIX_USER_CONF_FILES: '/a:/b', HOME: '/h' }, '/ours:/a:/b'],
    ['and only once', { NIX_USER_CONF_FILES: '/a:/ours' }, '/ours:/a'],
    ['and no others if the variable is empty', { NIX_USER_CONF_FILES: '', HOME: '/h' }, '/ours'],
    ['before the default files', { HOME: '/h' }, '/ours:/h/.config/nix/nix.conf:/etc/xdg/nix/nix.conf'],
    [
      'before the files of XDG_CONFIG_HOME and XDG_CONFIG_DIRS',
      { HOME: '/h', XDG_CONFIG_HOME: '/c', XDG_CONFIG_DIRS: '/x:/y' },
      '/ours:/c/nix/nix.conf:/x/nix/nix.conf:/y/nix/nix.conf',
    ],
    [
      'before the file of NIX_CONFIG_HOME',
      { HOME: '/h', XDG_CONFIG_HOME: '/c', NIX_CONFIG_HOME: '/n' },
      '/ours:/n/nix.conf:/etc/xdg/nix/nix.conf',
    ],
  ])('contains our file first: %s', (_, env, expected) => {
    expect(listUserConfFiles('/ours', env)).toBe(expected)
  })
})

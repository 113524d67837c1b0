import { describe, expect, test } from '@jest/globals'
import { BUILD_INPUTS, MERGE_INPUTS, PLAN_INPUTS } from '../../src/input/input-table.js'
import { parseAnnotations, parseLabels, parseRunners } from '../../src/input/parse.js'
import {
  readInputs,
  readInputsAndMaskSecrets,
  takeActionInputs,
  takeVariables,
} from '../../src/input/read-inputs.js'
import { DEFAULT_NIX_VERSION } from '../../src/install/releases.js'
import { UsageError } from '../../src/util/error.js'

const from = (given: Record<string, string>) => (name: string) => given[name]

describe('readInputs', () => {
  test('returns the defaults for missing and empty inputs', () => {
    const defaults = readInputs(BUILD_INPUTS, from({}))
    expect(defaults).toMatchObject({
      flake: '.',
      containers: [],
      attribute: { text: 'packages.{system}.{name}', parts: ['packages', '{system}', '{name}'] },
      systems: [],
      emulation: 'auto',
      compression: 'gzip',
      output: undefined,
      cachix: [],
      nixVersion: DEFAULT_NIX_VERSION,
      nixSha256: undefined,
      nixConf: [],
      cache: true,
      cacheSize: 2e9,
      json: false,
      verbose: false,
    })
    expect(readInputs(BUILD_INPUTS, from({ flake: ' ', systems: '\n', output: '' }))).toEqual(defaults)
  })

  test('reads lists with spaces, commas and newlines, without duplicates', () => {
    const { containers, systems } = readInputs(
      BUILD_INPUTS,
      from({ containers: 'fd, rg\nfd\t bat', systems: 'aarch64-linux\nx86_64-linux' }),
    )
    expect(containers).toEqual(['fd', 'rg', 'bat'])
    expect(systems).toEqual(['aarch64-linux', 'x86_64-linux'])
  })

  test('reads image line by line', () => {
    const { image } = readInputs(
      MERGE_INPUTS,
      from({ image: ' ghcr.io/o/{name} \n\n docker.io/o/{image}\n' }),
    )
    expect(image).toEqual(['ghcr.io/o/{name}', 'docker.io/o/{image}'])
  })

  test.each(['any', 'x86_64-linux aarch64-linux', ''])('the merge expects the systems %j', text => {
    const { systems } = readInputs(MERGE_INPUTS, from({ systems: text }))
    expect(systems).toEqual(text === 'any' ? 'any' : text.split(' ').filter(Boolean))
  })

  test.each([
    [{ systems: 'x86-linux' }, /`systems`.*"x86-linux" is not a system; known: x86_64-linux/],
    [{ emulation: 'on' }, /`emulation`.*not one of auto, off/],
    [{ compression: 'xz' }, /`compression`.*not one of gzip, zstd/],
    [{ attribute: 'packages.{system}' }, /`attribute`.*must hold \{name\} once/],
    [{ attribute: '{name}.{arch}' }, /`attribute`.*\{arch\} is neither/],
    [{ 'nix-version': 'latest' }, /`nix-version`: "latest" is not a version of Nix/],
    [{ 'nix-sha256': 'abc' }, /`nix-sha256`: "abc" is not a SHA-256/],
    [{ 'nix-conf': 'max-jobs = 2\nplanted' }, /`nix-conf`: a line is not as nix.conf has them(?!.*planted)/],
    [{ 'extra-trusted-public-keys': 'key' }, /`extra-trusted-public-keys`: .* is no public key/],
    [{ 'cache-size': 'huge' }, /`cache-size`: "huge" is not a size/],
  ])('rejects %j and names the input', (given, why) => {
    expect(() => readInputs(BUILD_INPUTS, from(given))).toThrow(UsageError)
    expect(() => readInputs(BUILD_INPUTS, from(given))).toThrow(why)
  })

  test('passes on the hint of a parser', () => {
    const given = from({ attribute: 'packages' })
    expect(() => readInputs(BUILD_INPUTS, given)).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('packages.{system}.{name}') }),
    )
  })

  test.each([{ tags: 'a!b' }, { tags: `ok ${'x'.repeat(129)}` }, { insecure: 'maybe' }])(
    '%j is rejected',
    given => {
      expect(() => readInputs(MERGE_INPUTS, from(given))).toThrow(UsageError)
    },
  )
})

test('the runner passes inputs in upper case, with dashes', () => {
  const env = { 'INPUT_GITHUB-TOKEN': 'secret', PATH: '/bin' }
  const source = takeActionInputs(env)
  expect([source('github-token'), source('flake')]).toEqual(['secret', undefined])
  expect(env).toEqual({ PATH: '/bin' })
})

test('reads lines and sizes', () => {
  const given = { 'nix-conf': '\n max-jobs = 2\n# why\n!include /x', 'cache-size': '1.5 GiB' }
  const { nixConf, cacheSize } = readInputs(BUILD_INPUTS, from(given))
  expect(nixConf).toEqual(['max-jobs = 2', '# why', '!include /x'])
  expect(cacheSize).toBe(1.5 * 2 ** 30)
})

test('secrets come from the environment and are masked', () => {
  const masked: string[] = []
  const env: Record<string, string | undefined> = {
    CACHIX_AUTH_TOKEN: 'planted',
    GITHUB_TOKEN: 'ghs_planted',
    NETRC: 'x',
  }
  const source = takeVariables(from({ flake: 'a' }), BUILD_INPUTS, env)
  const values = readInputsAndMaskSecrets(BUILD_INPUTS, source, { maskSecret: value => masked.push(value) })
  expect(values).toMatchObject({ flake: 'a', cachixAuthToken: 'planted', githubToken: 'ghs_planted' })
  expect(masked.sort()).toEqual(['ghs_planted', 'planted'])
  // Child processes do not get them.
  expect(env).toEqual({ NETRC: 'x' })
})

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
  ])('%j is rejected', (text, why) => {
    expect(() => parseRunners(text)).toThrow(why)
  })
})

describe('annotations and labels', () => {
  const BOTH = ['index', 'manifest']
  test.each([
    ['a.b=c', [{ key: 'a.b', value: 'c', levels: BOTH }]],
    [
      'index:a=b\nmanifest:c=d=e',
      [
        { key: 'a', value: 'b', levels: ['index'] },
        { key: 'c', value: 'd=e', levels: ['manifest'] },
      ],
    ],
    ['manifest,index:a=b', [{ key: 'a', value: 'b', levels: ['manifest', 'index'] }]],
    ['org.url=https://example.org/a:b', [{ key: 'org.url', value: 'https://example.org/a:b', levels: BOTH }]],
    ['manifest:org.description=', [{ key: 'org.description', value: '', levels: ['manifest'] }]],
    ['\n', []],
  ])('%j', (text, annotations) => {
    expect(parseAnnotations(text)).toEqual(annotations)
  })

  test.each([
    ['nothing', 'is no key, an equals sign and a value'],
    ['=x', 'is no key'],
    ['manifest-descriptor:a=b', '"manifest-descriptor" is no place for annotations; known: index, manifest'],
    ['manifest[linux/amd64]:a=b', 'is no place for annotations'],
  ])('%j is rejected', (text, why) => {
    expect(() => parseAnnotations(text)).toThrow(why)
  })

  test('labels have no level, and the last line of a key counts', () => {
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
    '%j is rejected',
    given => {
      expect(() => read(given)).toThrow(UsageError)
      expect(() => read(given)).toThrow(`Input \`${Object.keys(given)[0]}\``)
    },
  )
})

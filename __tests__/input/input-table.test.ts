import { beforeEach, describe, expect, test } from '@jest/globals'
import { COMMANDS } from '../../src/input/command-table.js'
import { BUILD_INPUTS, MERGE_INPUTS, PLAN_INPUTS } from '../../src/input/input-table.js'
import { parseAnnotations, parseLabels, parseRunners } from '../../src/input/parse.js'
import {
  type Input,
  NOT_SET,
  readInputs,
  readInputsAndMaskSecrets,
  takeActionInputs,
  takeVariables,
} from '../../src/input/read-inputs.js'
import { DEFAULT_NIX_VERSION } from '../../src/install/releases.js'
import { SYSTEMS } from '../../src/oci/platform.js'
import { UsageError } from '../../src/util/error.js'
import { type InputStyle, setInputStyle } from '../../src/util/input-name.js'
import { silentHost } from '../support/host.js'

beforeEach(() => setInputStyle('workflow'))

const from = (given: Record<string, string>) => (name: string) => given[name]

describe('readInputs', () => {
  test('returns the defaults for missing and empty inputs', () => {
    const defaults = readInputs(BUILD_INPUTS, from({}), silentHost)
    expect(defaults).toMatchObject({
      flake: '.',
      containers: [],
      attribute: { text: 'packages.{system}.{name}', lines: [{ parts: ['packages', '{system}', '{name}'] }] },
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
      quiet: false,
      verbose: false,
    })
    expect(readInputs(BUILD_INPUTS, from({ flake: ' ', systems: '\n', output: '' }), silentHost)).toEqual(
      defaults,
    )
  })

  test('reads lists with spaces, commas and newlines, without duplicates', () => {
    const { containers, systems } = readInputs(
      BUILD_INPUTS,
      from({ containers: 'fd, rg\nfd\t bat', systems: 'aarch64-linux\nx86_64-linux' }),
      silentHost,
    )
    expect(containers).toEqual(['fd', 'rg', 'bat'])
    expect(systems).toEqual(['aarch64-linux', 'x86_64-linux'])
  })

  test('reads image line by line', () => {
    const { image } = readInputs(
      MERGE_INPUTS,
      from({ image: ' ghcr.io/o/{name} \n\n docker.io/o/{image}\n' }),
      silentHost,
    )
    expect(image).toEqual(['ghcr.io/o/{name}', 'docker.io/o/{image}'])
  })

  test.each(['any', 'x86_64-linux aarch64-linux', ''])('the merge expects the systems %j', text => {
    const { systems } = readInputs(MERGE_INPUTS, from({ systems: text }), silentHost)
    expect(systems).toEqual(text === 'any' ? 'any' : text.split(' ').filter(Boolean))
  })

  test.each([
    [{ systems: 'x86-linux' }, /`systems`.*"x86-linux" is not a system$/],
    [{ emulation: 'on' }, /`emulation`.*not one of auto, off/],
    [{ compression: 'xz' }, /`compression`.*not one of gzip, zstd/],
    [{ attribute: 'packages.{system}' }, /`attribute`.*must contain \{name\} once/],
    [{ attribute: '{name}.{arch}' }, /`attribute`.*\{arch\} is neither/],
    [{ 'nix-version': 'latest' }, /`nix-version`: "latest" is not a Nix version/],
    [{ 'nix-sha256': 'abc' }, /`nix-sha256`: "abc" is not a SHA-256/],
    [{ 'nix-conf': 'max-jobs = 2\nplanted' }, /`nix-conf`: line 2 does not have the form(?!.*planted)/],
    [{ 'extra-trusted-public-keys': 'key' }, /`extra-trusted-public-keys`: .* is not the public key/],
    [{ 'cache-size': 'huge' }, /`cache-size`: "huge" is not a size/],
  ])('rejects %j and names the input', (given, why) => {
    expect(() => readInputs(BUILD_INPUTS, from(given), silentHost)).toThrow(UsageError)
    expect(() => readInputs(BUILD_INPUTS, from(given), silentHost)).toThrow(why)
  })

  test('an empty value of `tags` is not the default', () => {
    const expected = {
      message: '`tags`: it is empty',
      hint: expect.stringContaining('the default `auto`'),
    }
    for (const table of [BUILD_INPUTS, MERGE_INPUTS, PLAN_INPUTS])
      expect(() => readInputs(table, from({ tags: ' \n' }), silentHost)).toThrow(
        expect.objectContaining(expected),
      )
  })

  test('passes on the hint of a parser', () => {
    const given = from({ attribute: 'packages' })
    expect(() => readInputs(BUILD_INPUTS, given, silentHost)).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('packages.{system}.{name}') }),
    )
  })

  test.each([{ tags: 'a!b' }, { tags: `ok ${'x'.repeat(129)}` }, { insecure: 'maybe' }])(
    '%j is rejected',
    given => {
      expect(() => readInputs(MERGE_INPUTS, from(given), silentHost)).toThrow(UsageError)
    },
  )
})

describe('errors name an input as the user wrote it', () => {
  const read = (style: InputStyle, given: Record<string, string>) => {
    setInputStyle(style)
    return readInputs(BUILD_INPUTS, from(given), silentHost)
  }

  test.each([
    ['workflow', { systems: 'x' }, /^`systems`: "x" is not a system/],
    ['command line', { systems: 'x' }, /^`--systems`: "x" is not a system/],
    ['workflow', { 'secret-key': 'x' }, /^`secret-key`: /],
    ['command line', { 'secret-key': 'x' }, /^`NIX_MULTIARCH_SECRET_KEY`: /],
  ] as const)('%s: %j', (style, given, message) => {
    expect(() => read(style, given)).toThrow(message)
  })
})

describe('an input with an old name', () => {
  const read = (given: Record<string, string>, style: InputStyle = 'workflow') => {
    setInputStyle(style)
    const warnings: string[] = []
    const log = { warning: (message: string) => warnings.push(message) }
    const { archiveLayers } = readInputs(BUILD_INPUTS, from(given), { log })
    return { archiveLayers, warnings }
  }

  test('accepts the old name with one warning that names the new one', () => {
    expect(read({ archives: 'full', 'archive-layers': '' })).toEqual({
      archiveLayers: 'full',
      warnings: ['`archives` is deprecated: use `archive-layers` instead.'],
    })
    expect(read({ archives: 'full' }, 'command line')).toEqual({
      archiveLayers: 'full',
      warnings: ['`--archives` is deprecated: use `--archive-layers` instead.'],
    })
  })

  test.each([{}, { archives: ' ' }, { 'archive-layers': 'auto' }])('%j has no warning', given => {
    expect(read(given)).toEqual({ archiveLayers: 'auto', warnings: [] })
  })

  test('accepts both names with the same value', () => {
    expect(read({ archives: 'thin\n', 'archive-layers': 'thin' })).toMatchObject({
      archiveLayers: 'thin',
      warnings: [expect.any(String)],
    })
  })

  test('rejects both names with different values', () => {
    const given = { archives: 'full', 'archive-layers': 'thin' }
    expect(() => read(given)).toThrow(
      expect.objectContaining({
        message: '`archive-layers` is "thin", but its old name `archives` is "full"',
        hint: 'Remove `archives`.',
      }),
    )
    expect(() => read(given, 'command line')).toThrow(
      '`--archive-layers` is "thin", but its old name `--archives` is "full"',
    )
    expect(() => read(given)).toThrow(UsageError)
  })

  test.each([
    [
      'workflow',
      '`archives`: "./dir" is not one of auto, full, thin',
      '`archives` is the old name of `archive-layers`. For the folder to write archives to, use `output`.',
    ],
    [
      'command line',
      '`--archives`: "./dir" is not one of auto, full, thin',
      '`--archives` is the old name of `--archive-layers`. For the folder to write archives to, use `--output`.',
    ],
  ] as const)(
    '%s: names the old name, which was written, if the value is invalid',
    (style, message, hint) => {
      expect(() => read({ archives: './dir' }, style)).toThrow(expect.objectContaining({ message, hint }))
    },
  )

  test('names the new name if that was written', () => {
    expect(() => read({ 'archive-layers': 'none' })).toThrow('`archive-layers`: "none" is not one of')
    expect(() => read({ 'archive-layers': 'none', archives: 'none' })).toThrow('`archive-layers`: "none"')
  })
})

describe('the tables of inputs', () => {
  const all: Input<unknown>[] = Object.values(COMMANDS).flatMap(({ inputs }) => Object.values(inputs))

  test('an input that refuses an empty value has a default on GitHub, which passes empty values otherwise', () => {
    const refusing = all.filter(({ blank }) => blank === 'refused')
    expect(new Set(refusing.map(({ name }) => name))).toEqual(new Set(['tags']))
    for (const input of refusing) expect(input.actionDefault ?? input.default).not.toBe(NOT_SET)
  })

  test('an old name is not the name of another input of the command, nor that of a secret', () => {
    for (const { inputs } of Object.values(COMMANDS)) {
      const names = Object.values(inputs).flatMap(({ name, formerly }: Input<unknown>) =>
        [name, formerly ?? []].flat(),
      )
      expect(names.filter((name, n) => names.indexOf(name) < n)).toEqual([])
    }
    const renamed = all.filter(({ formerly }) => formerly !== undefined)
    expect(renamed.length).toBeGreaterThan(0)
    for (const input of renamed) {
      expect(input.secret ?? false).toBe(false)
      expect(input.actionDefault).toBe(NOT_SET)
    }
  })

  test.each([
    'annotations',
    'attribute',
    'compression',
    'compression-level',
    'containers',
    'flavor',
    'image',
    'labels',
    'systems',
    'version',
  ])('%s has an empty default on GitHub, so that it can be told whether a workflow sets it', name => {
    const inputs = all.filter(input => input.name === name)
    expect(inputs.length).toBeGreaterThan(0)
    for (const input of inputs) expect(input.actionDefault ?? input.default).toBe(NOT_SET)
  })
})

test('the runner passes inputs in upper case, with dashes', () => {
  const env = { 'INPUT_GITHUB-TOKEN': 'secret', PATH: '/bin' }
  const source = takeActionInputs(env)
  expect([source('github-token'), source('flake')]).toEqual(['secret', undefined])
  expect(env).toEqual({ PATH: '/bin' })
})

test('reads lines and sizes', () => {
  const given = { 'nix-conf': '\n max-jobs = 2\n# why\n!include /x', 'cache-size': '1.5 GiB' }
  const { nixConf, cacheSize } = readInputs(BUILD_INPUTS, from(given), silentHost)
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
  const host = {
    ...silentHost,
    maskSecret: (value: string) => masked.push(value),
  } as const
  const values = readInputsAndMaskSecrets(BUILD_INPUTS, source, host)
  expect(values).toMatchObject({ flake: 'a', cachixAuthToken: 'planted', githubToken: 'ghs_planted' })
  expect(masked.sort()).toEqual(['ghs_planted', 'planted'])
  // Child processes do not get them.
  expect(env).toEqual({ NETRC: 'x' })
})

test('passwords in addresses are masked before an input is parsed', () => {
  const masked: string[] = []
  const host = { ...silentHost, maskSecret: (value: string) => masked.push(value) } as const
  const read = (inputs: Record<string, string>) => readInputsAndMaskSecrets(BUILD_INPUTS, from(inputs), host)
  const flake = 'git+https://u:hush1@h/x?access_token=hush2&ref=main'
  expect(read({ flake, image: 'ghcr.io/o/i' })).toMatchObject({ flake })
  expect(() => read({ systems: 'https://me:hu%40sh3@h/x' })).toThrow()
  expect(masked.sort()).toEqual(['hu%40sh3', 'hu@sh3', 'hush1', 'hush2'].sort())
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
    ['arm', '"arm" does not have the form `system=label`'],
    ['arm64=x', '"arm64" is not a system'],
    ['aarch64-linux=', 'does not have the form `system=label`'],
    ['aarch64-linux=[]', 'does not contain a label'],
    ['aarch64-linux=a aarch64-linux=b', 'aarch64-linux has more than one runner'],
  ])('%j is rejected', (text, why) => {
    expect(() => parseRunners(text)).toThrow(why)
  })
})

describe('annotations and labels', () => {
  const INDEX = { level: 'index' }
  const MANIFEST = { level: 'manifest' }
  const BOTH = [INDEX, MANIFEST]
  test.each([
    ['a.b=c', [{ key: 'a.b', value: 'c', targets: BOTH }]],
    [
      'index:a=b\nmanifest:c=d=e',
      [
        { key: 'a', value: 'b', targets: [INDEX] },
        { key: 'c', value: 'd=e', targets: [MANIFEST] },
      ],
    ],
    ['manifest,index:a=b', [{ key: 'a', value: 'b', targets: [MANIFEST, INDEX] }]],
    [
      'org.url=https://example.org/a:b',
      [{ key: 'org.url', value: 'https://example.org/a:b', targets: BOTH }],
    ],
    ['manifest:org.description=', [{ key: 'org.description', value: '', targets: [MANIFEST] }]],
    [
      'index,manifest[linux/arm64/v8]:a:b=c,d=e',
      [{ key: 'a:b', value: 'c,d=e', targets: [INDEX, { ...MANIFEST, platform: 'linux/arm64' }] }],
    ],
    ['index.note=a,b', [{ key: 'index.note', value: 'a,b', targets: BOTH }]],
    ['\n', []],
    ['# note\n#k=v\n  # c=d', []],
  ])('%j', (text, annotations) => {
    expect(parseAnnotations(text)).toEqual(annotations)
  })

  test.each([
    ['nothing', 'does not have the form `key=value`'],
    ['=x', 'does not have the form `key=value`'],
    ['manifest-descriptor:a=b', /"manifest-descriptor" .* is not a target .* write `index:key=value`/],
    ['index,foo=bar', /has the key "index,foo".*write `index:key=value`, `manifest,index:key=value`/],
    ['manifest,index,foo=bar', 'has the key "manifest,index,foo"'],
    ['manifest[linux/amd64],foo=bar', 'has the key "manifest[linux/amd64],foo"'],
    ['index=foo=bar', 'has the key "index"'],
    ['index:=x', 'does not have the form `key=value`'],
    [':foo=bar', '"" in ":foo=bar" is not a target'],
    ['index;manifest:a=b', 'is not a target'],
    ['index[linux/amd64]:a=b', 'an index has no platform'],
    ['manifest[amd64]:a=b', /"amd64" is not a platform; write one of linux\/amd64, linux\/arm64/],
    ['manifest[]:a=b', '"" is not a platform'],
    ['c={{sha}}', 'c contains {{sha}}; expressions are only for tags'],
  ])('%j is rejected', (text, why) => {
    expect(() => parseAnnotations(text)).toThrow(why)
  })

  test('labels have no level, and the last line of a key counts', () => {
    expect(parseLabels('a=1\nb=2\n#k=v\na=3=4')).toEqual({ a: '3=4', b: '2' })
  })
})

describe('the inputs of plan', () => {
  const read = (given: Record<string, string>) => readInputs(PLAN_INPUTS, name => given[name], silentHost)

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
      expect(() => read(given)).toThrow(`\`${Object.keys(given)[0]}\``)
    },
  )
})

test('`systems: any` means all known systems, except for a merge, where it accepts any', () => {
  const any = from({ systems: 'any' })
  expect(readInputs(BUILD_INPUTS, any, silentHost).systems).toEqual(SYSTEMS)
  expect(readInputs(PLAN_INPUTS, any, silentHost).systems).toEqual(SYSTEMS)
  expect(readInputs(MERGE_INPUTS, any, silentHost).systems).toBe('any')
})

import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { findContainers, findOptionalContainers } from '../../../src/command/shared/find-containers.js'
import { parseAttributeTemplate } from '../../../src/nix/attribute-template.js'
import type { Nix } from '../../../src/nix/nix.js'
import type { System } from '../../../src/oci/platform.js'
import { UsageError } from '../../../src/util/error.js'
import { exec } from '../../../src/util/exec.js'
import { fakeNix, rejection } from '../../nix/fakes.js'
import { type TestHost, testHost } from '../../support/host.js'

const BOTH: System[] = ['x86_64-linux', 'aarch64-linux']

let host: TestHost
beforeEach(() => {
  host = testHost()
})
afterEach(() => host.remove())

const find = (nix: Nix, signal = new AbortController().signal, template = 'packages.{system}.{name}') => {
  const attribute = parseAttributeTemplate(template)
  return findContainers(nix, BOTH, { flake: 'github:a/b', containers: [], attribute }, { ...host, signal })
}

const answer = (name: string, more: object = {}) =>
  JSON.stringify({
    containers: [
      {
        name,
        builder: 'x86_64-linux',
        derivation: `/nix/store/1-${name}.drv`,
        output: 'out',
        streamed: false,
      },
    ],
    skipped: [],
    missing: [],
    others: {},
    ...more,
  })

/** Evaluates one system in a real process that runs until it is aborted. Then fails for the other system. */
function halfFailing(): { nix: Nix; pid: () => number } {
  let pid = 0
  let isRunning = (): void => {}
  const running = new Promise<void>(resolve => {
    isRunning = resolve
  })
  const evaluation: Nix['run'] = (_, options) =>
    exec(process.execPath, ['-e', 'console.error(process.pid); setTimeout(() => {}, 60000)'], {
      ...options,
      onErrorLine: line => {
        pid = Number(line)
        isRunning()
      },
    })
  const run: Nix['run'] = async (args, options) => {
    if (args.at(-1)?.includes('x86_64')) return evaluation(args, options)
    await running
    return { code: 1, stdout: '', stderr: 'error: no such attribute' }
  }
  return { nix: { ...fakeNix({}), run }, pid: () => pid }
}

test('finds containers for every system, and skips attributes that do not evaluate', async () => {
  const nix = fakeNix({ answer: () => ({ stdout: answer('hello', { skipped: ['broken'] }) }) })
  const found = await find(nix)
  expect(found.map(({ name, system }) => [name, system])).toEqual(BOTH.map(system => ['hello', system]))
  expect(host.logged).toEqual(
    BOTH.map(system => `warning: Skipping broken for ${system}: it does not evaluate`),
  )
})

test('a failure aborts the other evaluations, and is thrown after they end', async () => {
  const { nix, pid } = halfFailing()
  const error = await rejection(find(nix))
  expect(error.message).toContain('Nix could not evaluate packages.aarch64-linux')
  expect(pid()).toBeGreaterThan(0)
  expect(() => process.kill(pid(), 0)).toThrow('ESRCH')
})

test("the caller's signal aborts all evaluations", async () => {
  const abort = new AbortController()
  const nix: Nix = {
    ...fakeNix({}),
    run: (_, options) => exec(process.execPath, ['-e', 'setTimeout(() => {}, 60000)'], options),
  }
  setTimeout(() => abort.abort(), 30)
  await expect(find(nix, abort.signal)).rejects.toMatchObject({ name: 'AbortError' })
})

test.each(['a/b', '.a', '-a', 'a b'])('rejects the name %j', async name => {
  const nix = fakeNix({ answer: () => ({ stdout: answer(name) }) })
  const error = await rejection(find(nix))
  expect(error.message).toContain('cannot be used as a file name')
  expect(error.hint).toContain('at most 128 letters')
})

test('fails if the flake has no images', async () => {
  const nix = fakeNix({ answer: () => ({ stdout: answer('a', { containers: [] }) }) })
  await expect(find(nix)).rejects.toThrow('The flake github:a/b has no images for x86_64-linux')
})

/** `hello` evaluates for x86_64 only; the answer for aarch64 contains more. */
const lostPlatform = (more: object) =>
  fakeNix({
    answer: args => {
      const question = args.join()
      if (question.includes('x86_64')) return { stdout: answer('hello') }
      if (question.includes('\\"names\\":null')) return { stdout: answer('other', more) }
      return { code: 1, stderr: 'error: no version yet' }
    },
  })

test('fails with the message of Nix if the only container evaluates for one system only', async () => {
  const error = await rejection(find(lostPlatform({ containers: [], skipped: ['broken', 'hello'] })))
  expect(error.message).toBe(
    'hello evaluates for x86_64-linux, but not for aarch64-linux. ' +
      'Nix could not evaluate packages.aarch64-linux.hello of the flake github:a/b:\nerror: no version yet',
  )
  expect(error.hint).toContain('remove the attribute for aarch64-linux')
})

test('leaves out a container that evaluates for one system only, so that its image keeps its platforms', async () => {
  const found = await find(lostPlatform({ skipped: ['broken', 'hello'] }))
  expect(found.map(({ name, system }) => `${name} ${system}`)).toEqual(['other aarch64-linux'])
  expect(host.logged[0]).toBe(
    'warning: Skipping broken for aarch64-linux: it does not evaluate: no version yet',
  )
  expect(host.logged[1]).toContain(
    'warning: Skipping hello for aarch64-linux: it does not evaluate: no version yet\nIt is not built for other systems',
  )
})

test('rejects an attribute without {system} for two systems before the evaluation', async () => {
  const nix = fakeNix({ answer: () => ({ stdout: answer('hello') }) })
  const error = await rejection(find(nix, undefined, 'containers.{name}'))
  expect(error).toBeInstanceOf(UsageError)
  expect(nix.asked).toEqual([])
})

/** Answers for each system with a listing of these images, or with another answer. */
const listing =
  (answers: Partial<Record<System, readonly string[] | object>>) => (args: readonly string[]) => {
    const system = BOTH.find(each => args[4]?.includes(`\\"${each}\\"`)) ?? 'x86_64-linux'
    const given = answers[system]
    if (!Array.isArray(given)) return { stdout: JSON.stringify(given) }
    const containers = given.flatMap(name => JSON.parse(answer(name)).containers)
    const unique = containers.map(each => ({
      ...each,
      derivation: `/nix/store/1-${each.name}-${system}.drv`,
    }))
    return { stdout: answer('', { containers: unique }) }
  }

test.each([
  ['build', (nix: Nix) => find(nix)],
  [
    'plan',
    (nix: Nix) => {
      const attribute = parseAttributeTemplate('packages.{system}.{name}')
      return findOptionalContainers(nix, BOTH, { flake: 'github:a/b', containers: [], attribute }, host)
    },
  ],
])('a container that one system lacks is kept for the others, with a warning (%s)', async (_, findWith) => {
  const nix = fakeNix({ answer: listing({ 'x86_64-linux': ['fd', 'rg'], 'aarch64-linux': ['fd'] }) })
  const found = await findWith(nix)
  expect(found.map(({ name, system }) => `${name} ${system}`)).toEqual([
    'fd x86_64-linux',
    'rg x86_64-linux',
    'fd aarch64-linux',
  ])
  expect(host.logged).toEqual([
    'warning: rg: no image for aarch64-linux, because the flake github:a/b has no packages.aarch64-linux.rg. ' +
      'Only its other platforms are built',
  ])
})

test('a system that the flake does not have is skipped with a warning', async () => {
  const absent = { absent: 'aarch64-linux', siblings: ['x86_64-linux'] }
  const found = await find(fakeNix({ answer: listing({ 'x86_64-linux': ['fd'], 'aarch64-linux': absent }) }))
  expect(found).toHaveLength(1)
  expect(host.logged.join()).toContain('nothing is built for aarch64-linux')
})

test('names that cannot be file names are left out, with the attribute that selects them', async () => {
  const names = ['app', 'ghcr.io/me/tool:1.0', 'x${y}']
  const found = await find(fakeNix({ answer: listing({ 'x86_64-linux': names, 'aarch64-linux': names }) }))
  expect(found.map(({ name }) => name)).toEqual(['app', 'app'])
  expect(host.logged).toHaveLength(2)
  expect(host.logged[0]).toContain(
    'build it as tool, with `--attribute` set to packages.{system}."ghcr.io/me/{name}:1.0"',
  )
  expect(host.logged[1]).toMatch(/Rename the attribute$/)
})

test('images one level deeper are an error that says which attribute selects them', async () => {
  const nix = fakeNix({
    answer: args => {
      if (!args[4]?.includes('\\"deeper\\"'))
        return { stdout: answer('', { containers: [], sets: ['native'] }) }
      return { stdout: JSON.stringify({ deeper: [{ name: 'native', images: ['docker'] }] }) }
    },
  })
  const error = await rejection(find(nix))
  expect(error.message).toContain('one level deeper: native.docker')
  expect(error.hint).toBe('Set `--attribute` to packages.{system}.native.{name}.')
})

test('a plan leaves what needs another machine to the build job of that system', async () => {
  const foreign = "error: a 'aarch64-linux' with features {} is required to build '/nix/store/1-x.drv'"
  const list = listing({ 'x86_64-linux': ['fd'] })
  const nix = fakeNix({
    answer: args => (args[4]?.includes('\\"aarch64-linux\\"') ? { code: 1, stderr: foreign } : list(args)),
  })
  const attribute = parseAttributeTemplate('packages.{system}.{name}')
  const found = await findOptionalContainers(
    nix,
    BOTH,
    { flake: 'github:a/b', containers: [], attribute },
    host,
  )
  expect(found).toMatchObject([
    { name: 'fd', system: 'x86_64-linux' },
    {
      name: 'fd',
      system: 'aarch64-linux',
      attribute: 'packages.aarch64-linux.fd',
      builder: 'aarch64-linux',
      derivation: '',
      deferred: true,
    },
  ])
  await expect(find(nix)).rejects.toThrow("a 'aarch64-linux' with features {} is required")
})

test('containers that are named like platforms are refused, with the attribute that joins them', async () => {
  const names = ['fdContainer-aarch64', 'fdContainer-x86_64', 'rgContainer-aarch64', 'rgContainer-x86_64']
  const nix = fakeNix({ answer: listing({ 'x86_64-linux': names, 'aarch64-linux': names }) })
  const error = await rejection(find(nix))
  expect(error.message).toBe(
    'fdContainer-aarch64 and fdContainer-x86_64 are named like platforms of one container, fdContainer',
  )
  expect(error.hint).toContain('to packages.x86_64-linux.{name}-{cpu} to build all platforms on x86_64-linux')
  expect(error.hint).toContain('to packages.{system}.{name}-{cpu} to build each')
})

test('a container that is named like another platform is left out, with the line that selects it', async () => {
  const nix = fakeNix({ answer: listing({ 'x86_64-linux': ['app', 'app-arm64'], 'aarch64-linux': [] }) })
  expect((await find(nix)).map(({ name }) => name)).toEqual(['app'])
  expect(host.logged[0]).toContain(
    'Skipping app-arm64 for x86_64-linux, because its name says aarch64-linux. If it is the image of app for ' +
      'aarch64-linux, set `--attribute` to two lines: packages.{system}.{name} and ' +
      'aarch64-linux=packages.x86_64-linux.{name}-{architecture}',
  )
})

test.each(['fd-arm64', 'fd-cross'])(
  'a package %s that a line of the attribute selects for another system is not a container of its own',
  async name => {
    const template = `packages.{system}.{name}\naarch64-linux=packages.x86_64-linux.{name}${name.slice(2)}`
    const native = listing({ 'x86_64-linux': ['fd', name, 'rg-other'] })
    const cross = listing({ 'x86_64-linux': ['fd'] })
    const nix = fakeNix({ answer: args => (args[4]?.includes(name.slice(2)) ? cross : native)(args) })
    const found = await find(nix, undefined, template)
    expect(found.map(({ name, system, attribute }) => [name, system, attribute])).toEqual([
      ['fd', 'x86_64-linux', 'packages.x86_64-linux.fd'],
      ['rg-other', 'x86_64-linux', 'packages.x86_64-linux.rg-other'],
      ['fd', 'aarch64-linux', `packages.x86_64-linux.${name}`],
    ])
    expect(host.logged.filter(line => /Skipping|left out/.test(line))).toEqual([
      `info: ${name}: left out for x86_64-linux, because \`--attribute\` selects it as fd for aarch64-linux`,
    ])
  },
)

test('containers that are called like platforms are refused, with the attribute of the one container', async () => {
  const names = ['amd64', 'arm64']
  const error = await rejection(
    find(fakeNix({ answer: listing({ 'x86_64-linux': names, 'aarch64-linux': names }) })),
  )
  expect(error.message).toBe('amd64 and arm64 are named like platforms of one container')
  expect(error.hint).toContain('to packages.x86_64-linux.{architecture} to build all')
})

test('sets one level deeper that are named like platforms are lines of the attribute', async () => {
  const deeper = [
    { name: 'aarch64', images: ['docker'] },
    { name: 'native', images: ['docker', 'tool'] },
  ]
  const nix = fakeNix({
    answer: args =>
      args[4]?.includes('\\"deeper\\"')
        ? { stdout: JSON.stringify({ deeper }) }
        : { stdout: answer('', { containers: [], sets: ['native', 'aarch64'] }) },
  })
  const error = await rejection(find(nix))
  expect(error.message).toContain('but one level deeper: aarch64.docker, native.{docker,tool}')
  expect(error.hint).toBe(
    'Set `--attribute` to packages.{system}.native.{name}. For one platform, add a line: ' +
      'aarch64-linux=packages.x86_64-linux.aarch64.{name}.',
  )
})

test.each([
  [{ imageTag: 'stable' }, 'the tag stable of the image is not set, because it is not a version'],
  [{ imageTag: 'nginx-1.25.3' }, 'the tag nginx-1.25.3 of the image is not set, because it is not a version'],
  [{ imageTag: '' }, 'the version or tag of the image is empty. If the flake reads it from the environment'],
  [{ imageTag: '2.0' }, undefined],
  [{ imageTag: 'stable', version: '1.0.0' }, undefined],
  [{ imageTag: '0c3960a9792331a22081c3c7a5d8465d' }, undefined],
  [{ imageTag: 'latest' }, undefined],
  [{ imageTag: '09ca6a7ee48c9f8f446b4b6b79a10a49b2dd1a51' }, undefined],
  [{}, undefined],
])('the tag of an image that has no effect is reported: %j', async (more, words) => {
  const containers = JSON.parse(answer('fd')).containers.map((each: object) => ({ ...each, ...more }))
  await find(fakeNix({ answer: () => ({ stdout: answer('', { containers }) }) }))
  expect(host.logged).toHaveLength(words === undefined ? 0 : 1)
  if (words !== undefined) expect(host.logged[0]).toContain(words)
})

test.each([
  [
    'app-amd64',
    'x86_64-linux',
    ['info: fd: app-amd64 is published as app, because one image has all platforms'],
  ],
  [
    'app-arm64',
    'aarch64-linux',
    ['info: fd: app-arm64 is published as app, because one image has all platforms'],
  ],
  ['app-riscv', 'x86_64-linux', []],
  ['app', 'x86_64-linux', []],
])(
  'an image whose name ends in its platform is published without that end: %s',
  async (imageName, system, lines) => {
    const containers = JSON.parse(answer('fd')).containers.map((each: object) => ({ ...each, imageName }))
    const found = await find(fakeNix({ answer: () => ({ stdout: answer('', { containers }) }) }))
    const image = found.find(each => each.system === system)
    expect(image?.imageName).toBe(lines.length > 0 ? 'app' : imageName)
    expect(host.logged).toEqual(lines)
  },
)

test('a warning says why nothing is known about packages', async () => {
  const fail = { code: 1, stdout: '', stderr: "error: attribute 'urls' missing" }
  const nix = fakeNix({
    answer: args => (args.at(-1)?.includes('\\"packages\\":') ? fail : { stdout: answer('a') }),
  })
  const attribute = parseAttributeTemplate('packages.{system}.{name}')
  await findContainers(nix, BOTH, { flake: 'github:a/b', containers: [], attribute, sbom: true }, host)
  expect(host.logged.filter(line => line.includes('SBOM'))).toEqual(
    BOTH.map(system =>
      expect.stringContaining(
        `The SBOMs for ${system} say less about packages: a package in the flake github:a/b does not evaluate: ` +
          "attribute 'urls' missing",
      ),
    ),
  )
})

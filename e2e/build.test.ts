import { cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { BuiltArchive } from '../src/command/shared/build-report.js'
import {
  type Machine,
  type MachineOptions,
  openMachine,
  outputOf,
  ROOT,
  TOOLS,
  tool,
} from './support/machine.js'

const HELLO = `path:${join(ROOT, 'examples/hello')}`
const BOTH = ['--systems', 'x86_64-linux aarch64-linux']

describe.each(['current', 'debian-12'] as const)('build with Nix %s', nix => {
  let machine: Machine
  beforeAll(() => {
    machine = openMachine({ nix })
  })
  afterAll(() => machine.remove())

  const archive = (name: string): string => join(machine.work, name)

  test('finds every image of the flake and builds it for both systems, QEMU registered from nothing', async () => {
    const result = await machine.cli(['build', '--flake', HELLO, ...BOTH, '--json'])
    const built = JSON.parse(outputOf(result)) as BuiltArchive[]
    expect(built.map(({ container, platform }) => `${container} ${platform}`).sort()).toEqual([
      'hello linux/amd64',
      'hello linux/arm64',
      'hello-stream linux/amd64',
      'hello-stream linux/arm64',
    ])
    expect(result.stderr).toContain('hello for aarch64-linux: built under QEMU')
    expect(readdirSync(archive('archives')).sort()).toEqual([
      'hello-aarch64-linux.oci.tar',
      'hello-stream-aarch64-linux.oci.tar',
      'hello-stream-x86_64-linux.oci.tar',
      'hello-x86_64-linux.oci.tar',
    ])
  })

  test('a second build gives the same bytes', async () => {
    outputOf(await machine.cli(['build', '--flake', HELLO, ...BOTH, '--output', 'again']))
    for (const name of readdirSync(archive('archives'))) {
      expect(readFileSync(archive(`again/${name}`)).equals(readFileSync(archive(`archives/${name}`)))).toBe(
        true,
      )
    }
  })

  test('other tools read the archive, and find the config that Nix wrote', async () => {
    const plain = outputOf(
      await machine.run('nix', [
        ...['--extra-experimental-features', 'nix-command flakes', '--option', 'build-users-group', ''],
        ...['build', '--no-link', '--json', `${HELLO}#hello`],
      ]),
    )
    const [{ outputs }] = JSON.parse(plain) as [{ outputs: { out: string } }]
    const source = join(machine.folder, outputs.out)
    const imageId = async (reference: string): Promise<string> =>
      (JSON.parse(await tool('skopeo', ['inspect', '--raw', reference])) as { config: { digest: string } })
        .config.digest
    const ours = await imageId(`oci-archive:${archive('archives/hello-x86_64-linux.oci.tar')}`)
    expect(ours).toBe(await imageId(`docker-archive:${source}`))
  })

  test('containers can be named, and a name that is not there is told with those that are', async () => {
    const result = await machine.cli(['build', '--flake', HELLO, '--containers', 'helo'])
    expect(result.code).toBe(1)
    expect(result.stderr).toMatch(/has no packages\.x86_64-linux\.helo\n.*Did you mean hello\?/)
  })

  test('without emulation a foreign system is an error that names the ways out', async () => {
    const result = await machine.cli([
      'build',
      '--flake',
      HELLO,
      '--systems',
      'aarch64-linux',
      '--emulation',
      'off',
    ])
    expect(result.code).toBe(1)
    expect(result.stderr).toMatch(/cannot build for aarch64-linux.*emulation is off/)
    for (const way of ['ubuntu-24.04-arm', 'qemu-user-static', 'builder'])
      expect(result.stderr).toContain(way)
  })
})

describe('build as others', () => {
  const buildAs = async (options: MachineOptions): Promise<BuiltArchive[]> => {
    const machine = openMachine({ user: 'runner', emulate: true, ...options })
    try {
      return JSON.parse(
        outputOf(await machine.cli(['build', '--flake', HELLO, ...BOTH, '--json'])),
      ) as BuiltArchive[]
    } finally {
      machine.remove()
    }
  }

  test('a user without rights builds both systems through the daemon, in the sandbox', async () => {
    expect(await buildAs({ daemon: true, conf: ['trusted-users = root runner'] })).toHaveLength(4)
  })

  test('a user whom no daemon serves builds in a store of their own, and gets the same images', async () => {
    const digests = (built: readonly BuiltArchive[]) => built.map(({ digest }) => digest).sort()
    const alone = await buildAs({})
    expect(digests(alone)).toEqual(digests(await buildAs({ user: 'root' })))
  })
})

test('no Nix: an error that says how to get it', async () => {
  const machine = openMachine({ nix: 'none' })
  try {
    const result = await machine.cli(['build', '--flake', HELLO])
    expect(result.code).toBe(1)
    expect(result.stderr).toMatch(/error: Nix was not found\n.*nix-bin/)
  } finally {
    machine.remove()
  }
})

/** Where each kind of image in a flake stands, made from one real image. */
describe('all that Nix can give', () => {
  let machine: Machine
  const kinds = ['plain', 'gzip', 'zstd', 'oci-archive', 'oci-layout', 'stream'] as const

  beforeAll(async () => {
    machine = openMachine({ emulate: true })
    outputOf(await machine.cli(['build', '--flake', HELLO, '--containers', 'hello', ...BOTH]))
    const flake = join(machine.work, 'flake')
    cpSync(join(ROOT, 'e2e/fixtures/kinds'), flake, { recursive: true })
    for (const system of ['x86_64-linux', 'aarch64-linux']) await makeKinds(machine, flake, system)
  })
  afterAll(() => machine.remove())

  test.each(kinds)(
    '%s: built, recognised by its content, with the same image in it for both systems',
    async kind => {
      const args = [
        'build',
        '--flake',
        'path:flake',
        '--containers',
        kind,
        ...BOTH,
        '--output',
        'out',
        '--json',
      ]
      const built = JSON.parse(outputOf(await machine.cli(args))) as BuiltArchive[]
      expect(built.map(({ platform }) => platform).sort()).toEqual(['linux/amd64', 'linux/arm64'])
      for (const { file, system } of built) {
        const own = await inspectArchive(join(machine.work, file))
        expect(own).toEqual(await inspectArchive(join(machine.work, `archives/hello-${system}.oci.tar`)))
      }
    },
  )

  test('one image has one digest, whichever kind it comes as', async () => {
    const names = ['--containers', kinds.join(' ')]
    const args = ['build', '--flake', 'path:flake', ...names, ...BOTH, '--output', 'all', '--json']
    const built = JSON.parse(outputOf(await machine.cli(args))) as BuiltArchive[]
    expect(built).toHaveLength(2 * kinds.length)
    for (const own of ['x86_64-linux', 'aarch64-linux']) {
      const digests = built.filter(({ system }) => system === own).map(({ digest }) => digest)
      expect(new Set(digests).size).toBe(1)
    }
  })

  test('a cross-compiled one needs no emulation, and is the same image', async () => {
    const common = ['--flake', 'path:flake', '--containers', 'plain', '--systems', 'aarch64-linux', '--json']
    const cross = ['--attribute', 'packages.x86_64-linux.{name}-aarch64', '--emulation', 'off']
    const result = await machine.cli(['build', ...common, ...cross, '--output', 'cross'], { emulate: false })
    const [crossed] = JSON.parse(outputOf(result)) as BuiltArchive[]
    const native = await machine.cli(['build', ...common, '--output', 'native'])
    const [built] = JSON.parse(outputOf(native)) as BuiltArchive[]
    expect(crossed).toMatchObject({ platform: 'linux/arm64', system: 'aarch64-linux', digest: built?.digest })
    expect(crossed?.derivation).not.toBe(built?.derivation)
  })

  test('zstd can be asked for, and gives the same layers inside', async () => {
    const args = [
      'build',
      '--flake',
      'path:flake',
      '--containers',
      'gzip',
      '--compression',
      'zstd',
      '--output',
      'zstd',
      '--json',
    ]
    const [built] = JSON.parse(outputOf(await machine.cli(args))) as BuiltArchive[]
    const copy = join(machine.work, 'copy')
    await tool('skopeo', ['copy', `oci-archive:${join(machine.work, built?.file ?? '')}`, `dir:${copy}`])
    const manifest = JSON.parse(readFileSync(join(copy, 'manifest.json'), 'utf8')) as {
      layers: { mediaType: string }[]
    }
    expect(new Set(manifest.layers.map(layer => layer.mediaType))).toEqual(
      new Set(['application/vnd.oci.image.layer.v1.tar+zstd']),
    )
  })
})

async function inspectArchive(file: string): Promise<{ config: unknown; layers: unknown[] }> {
  const raw = JSON.parse(await tool('skopeo', ['inspect', '--raw', `oci-archive:${file}`])) as {
    config: { digest: string }
    layers: { digest: string }[]
  }
  return { config: raw.config.digest, layers: raw.layers.map(layer => layer.digest) }
}

/** Turns the one image that Nix built into every shape that Nix builders give, as files of a flake. */
async function makeKinds(machine: Machine, flake: string, system: string): Promise<void> {
  const folder = join(flake, system)
  mkdirSync(folder, { recursive: true })
  const from = `oci-archive:${join(machine.work, `archives/hello-${system}.oci.tar`)}`
  const plain = join(folder, 'plain')
  await tool('skopeo', ['copy', '--quiet', from, `docker-archive:${plain}:hello:1`])
  await tool('skopeo', ['copy', '--quiet', from, `oci:${join(folder, 'oci-layout')}:1`])
  await tool('skopeo', ['copy', '--quiet', from, `oci-archive:${join(folder, 'oci-archive')}:1`])
  outputOf(
    await machine.run('sh', ['-c', `gzip -9 <${plain} >${folder}/gzip && zstd -q <${plain} >${folder}/zstd`]),
  )
  cpSync(join(TOOLS, 'static', system, 'busybox'), join(folder, 'busybox'))
}

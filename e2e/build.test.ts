import { cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Plan } from '../src/command/plan/output.js'
import type { BuiltArchive } from '../src/command/shared/build-report.js'
import type { Merged } from '../src/command/shared/merge-result.js'
import {
  type Machine,
  type MachineOptions,
  openMachine,
  outputOf,
  ROOT,
  resultOf,
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

  test('builds all images of the flake for both systems, and registers QEMU', async () => {
    const result = await machine.cli(['build', '--flake', HELLO, ...BOTH, '--json'])
    const built = resultOf<BuiltArchive[]>(result)
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

  test('a second build produces identical archives', async () => {
    outputOf(await machine.cli(['build', '--flake', HELLO, ...BOTH, '--output', 'again']))
    for (const name of readdirSync(archive('archives'))) {
      expect(readFileSync(archive(`again/${name}`)).equals(readFileSync(archive(`archives/${name}`)))).toBe(
        true,
      )
    }
  })

  test('skopeo reads the archive, and its config is the one that Nix wrote', async () => {
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

  test('an unknown container name is an error that suggests a similar name', async () => {
    const result = await machine.cli(['build', '--flake', HELLO, '--containers', 'helo'])
    expect(result.code).toBe(1)
    expect(result.stderr).toMatch(/has no packages\.x86_64-linux\.helo\n.*Did you mean hello\?/)
  })

  test('without emulation, a system that cannot be built is an error that lists the alternatives', async () => {
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
    expect(result.stderr).toMatch(/cannot build for aarch64-linux: `--emulation` is `off`/)
    for (const way of ['ubuntu-24.04-arm', 'qemu-user-static', 'builder'])
      expect(result.stderr).toContain(way)
  })
})

describe('build as a user without privileges', () => {
  const buildAs = async (options: MachineOptions): Promise<BuiltArchive[]> => {
    const machine = openMachine({ user: 'runner', emulate: true, ...options })
    try {
      return resultOf<BuiltArchive[]>(await machine.cli(['build', '--flake', HELLO, ...BOTH, '--json']))
    } finally {
      machine.remove()
    }
  }

  test('through a daemon: builds both systems in a sandbox', async () => {
    expect(await buildAs({ daemon: true, conf: ['trusted-users = root runner'] })).toHaveLength(4)
  })

  test('without a daemon: builds in a store in the home folder, and the images are the same as those of root', async () => {
    const digests = (built: readonly BuiltArchive[]) => built.map(({ digest }) => digest).sort()
    const alone = await buildAs({})
    expect(digests(alone)).toEqual(digests(await buildAs({ user: 'root' })))
  })
})

test('without Nix: an error that explains how to install it', async () => {
  const machine = openMachine({ nix: 'none' })
  try {
    const result = await machine.cli(['build', '--flake', HELLO])
    expect(result.code).toBe(1)
    expect(result.stderr).toMatch(/error: Nix was not found\n.*nix-bin/)
  } finally {
    machine.remove()
  }
})

describe('all kinds of images that Nix can build', () => {
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
    '%s: detected by content, and the image for each system is the same as the original',
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
      const built = resultOf<BuiltArchive[]>(await machine.cli(args))
      expect(built.map(({ platform }) => platform).sort()).toEqual(['linux/amd64', 'linux/arm64'])
      for (const { file, system } of built) {
        const own = await inspectArchive(join(machine.work, file))
        expect(own).toEqual(await inspectArchive(join(machine.work, `archives/hello-${system}.oci.tar`)))
      }
    },
  )

  test('an image has the same digest in all kinds without annotations, and in all that keep those of its manifest', async () => {
    const names = ['--containers', kinds.join(' ')]
    const args = ['build', '--flake', 'path:flake', ...names, ...BOTH, '--output', 'all', '--json']
    const built = resultOf<BuiltArchive[]>(await machine.cli(args))
    expect(built).toHaveLength(2 * kinds.length)
    for (const own of ['x86_64-linux', 'aarch64-linux']) {
      const digestsOf = (...containers: readonly string[]) =>
        new Set(
          built
            .filter(({ system, container }) => system === own && containers.includes(container))
            .map(({ digest }) => digest),
        )
      expect(digestsOf('plain', 'gzip', 'zstd', 'stream').size).toBe(1)
      expect(digestsOf('oci-archive', 'oci-layout').size).toBe(1)
      const annotationsOf = async (name: string) => {
        const file = `oci-archive:${join(machine.work, `${name}-${own}.oci.tar`)}`
        return JSON.parse(await tool('skopeo', ['inspect', '--raw', file])).annotations
      }
      expect(await annotationsOf('all/plain')).toEqual({ 'org.opencontainers.image.title': 'hello' })
      const original = await annotationsOf('archives/hello')
      expect(original).toMatchObject({ 'org.opencontainers.image.licenses': 'MIT' })
      expect(await annotationsOf('all/oci-layout')).toEqual(original)
    }
  })

  test('a cross-compiled image needs no emulation and has the same digest', async () => {
    const common = ['--flake', 'path:flake', '--containers', 'plain', '--systems', 'aarch64-linux', '--json']
    const cross = ['--attribute', 'packages.x86_64-linux.{name}-aarch64', '--emulation', 'off']
    const result = await machine.cli(['build', ...common, ...cross, '--output', 'cross'], { emulate: false })
    const [crossed] = resultOf<BuiltArchive[]>(result)
    const native = await machine.cli(['build', ...common, '--output', 'native'])
    const [built] = resultOf<BuiltArchive[]>(native)
    expect(crossed).toMatchObject({ platform: 'linux/arm64', system: 'aarch64-linux', digest: built?.digest })
    expect(crossed?.derivation).not.toBe(built?.derivation)
  })

  test('one `publish` joins a native and a cross-compiled platform', async () => {
    const attribute = ['packages.{system}.{name}', 'aarch64-linux=packages.x86_64-linux.{name}-aarch64']
    const flags = attribute.flatMap(line => ['--attribute', line])
    const installable = ['path:flake#plain', ...BOTH, ...flags, '--emulation', 'off']
    const args = ['publish', ...installable, '--archive', 'joined.tar', '--json']
    const { merged } = resultOf<{ merged: Merged[] }>(await machine.cli(args, { emulate: false }))
    expect(merged).toMatchObject([
      { container: 'plain', platforms: [{ platform: 'linux/amd64' }, { platform: 'linux/arm64' }] },
    ])
    const planned = await machine.cli(['plan', ...installable.slice(0, -2), '--image', '', '--json'])
    expect(resultOf<Pick<Plan, 'matrix'>>(planned).matrix.include).toMatchObject([
      { container: 'plain', system: 'x86_64-linux aarch64-linux', runner: 'ubuntu-24.04', emulated: false },
    ])
  })

  test('with `--compression zstd` all layers are zstd', async () => {
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
    const [built] = resultOf<BuiltArchive[]>(await machine.cli(args))
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

/** Converts an image into all formats that Nix image builders produce, as files in a flake. */
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

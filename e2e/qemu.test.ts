import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { type ExecResult, exec } from '../src/util/exec.js'
import { CLI, type Machine, openMachine, outputOf, ROOT, TOOLS, tool } from './support/machine.js'
import { type RealRegistry, startRegistry } from './support/registry.js'

const CONF = ['sandbox = true', 'sandbox-fallback = false']
const ARCHIVE = 'archives/hello-aarch64-linux.oci.tar'
const NO_APT = 'mount --bind /dev/null "$(realpath "$(command -v apt-get)")"'
const NO_LISTS = 'mount -t tmpfs none /var/lib/apt/lists'
const NOWHERE = `127.0.0.1:1/owner/binfmt@sha256:${'0'.repeat(64)}`

let machine: Machine
beforeEach(() => {
  machine = openMachine({ noQemu: true, conf: CONF })
  cpSync(join(ROOT, 'examples/hello'), join(machine.work, 'hello'), { recursive: true })
})
afterEach(() => machine.remove())

const hello = (image = NOWHERE): string[] => {
  const flags = ['--containers', 'hello', '--systems', 'aarch64-linux', '--qemu-image', image]
  return ['build', '--flake', 'path:hello', ...flags]
}

/** Builds the example for the other system on a machine that root did something to before. */
const buildAfter = (before: string, image?: string): Promise<ExecResult> => {
  const command = [process.execPath, CLI, ...hello(image)]
  return machine.run('bash', ['-ec', `${before}; exec "$@"`, 'bash', ...command])
}

/** The interpreters in the folder for tools, as `origin/name`. */
const kept = (user = 'root'): string[] => {
  const folder = join(machine.folder, 'home', user, '.cache/nix-multiarch/qemu')
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return names.filter(name => name.includes('/') && !name.endsWith('.digest'))
}

function expectBuilt(result: ExecResult, from: string): void {
  outputOf(result)
  expect(result.stderr).toMatch(new RegExp(`QEMU for aarch64-linux: taken from ${from}`))
  expect(result.stderr).toContain('hello for aarch64-linux: built under QEMU')
  expect(existsSync(join(machine.work, ARCHIVE))).toBe(true)
}

describe('from Debian’s package', () => {
  test('on a machine with no package lists, which gets none; and the next time it is there', async () => {
    const show = 'trap "ls -A /var/lib/apt/lists | sed s/^/left:/ >&2" EXIT'
    const command = [process.execPath, CLI, ...hello()]
    const first = await machine.run('bash', ['-c', `${NO_LISTS}; ${show}; "$@"`, 'bash', ...command])
    expectBuilt(first, 'the package of this system')
    expect(first.stderr).not.toContain('left:')
    expect(kept()).toEqual([expect.stringMatching(/^qemu-user(-static)?_[\w.+~-]+\/qemu-aarch64$/)])
    const second = await buildAfter(NO_APT)
    expect(outputOf(second)).toContain(ARCHIVE)
    expect(second.stderr).not.toContain('taken from')
  })

  test('by a user with sudo, through a daemon', async () => {
    const conf = [...CONF, 'trusted-users = root runner']
    const result = await machine.cli(hello(), { user: 'runner', sudo: true, daemon: true, conf })
    expectBuilt(result, 'the package of this system')
    expect(kept('runner')).toHaveLength(1)
  })

  test('not by a user who could not register it: nothing is downloaded', async () => {
    const { code, stderr } = await machine.cli(hello(), { user: 'runner', daemon: true })
    expect(code).toBe(1)
    expect(stderr).toContain('QEMU for aarch64-linux cannot be registered')
    expect(existsSync(join(machine.folder, 'home/runner/.cache/nix-multiarch'))).toBe(false)
  })
})

describe('from an image in a registry, where there is no apt', () => {
  let registry: RealRegistry
  let image: string
  beforeAll(async () => {
    registry = await startRegistry()
    image = await pushImage(`${registry.address}/owner/binfmt`)
  })
  afterAll(() => registry.stop())

  test('the one for this machine, by digest', async () => {
    expectBuilt(await buildAfter(NO_APT, image), image)
    expect(kept()).toEqual([`${image.split('@')[1]?.replace(':', '-')}/qemu-aarch64`])
  })

  test('one that is not there is told of beside the lack of a package, and nothing is left', async () => {
    const digest = `sha256:${'0'.repeat(64)}`
    const wrong = await buildAfter(NO_APT, image.replace(/sha256:.*/, digest))
    expect(wrong.code).toBe(1)
    expect(wrong.stderr).toContain('apt-get was not found')
    expect(wrong.stderr).toContain(`owner/binfmt@${digest} is not there`)
    expect(wrong.stderr).toContain('use a runner of that system')
    expect(existsSync(join(machine.folder, 'home/root/.cache/nix-multiarch/qemu'))).toBe(false)
  })
})

/** Images for two machines as binfmt's are, QEMU real in the one and a stand-in in the other; gives their index by digest. */
async function pushImage(repository: string): Promise<string> {
  const files: Record<string, string> = {
    amd64: join(TOOLS, 'qemu/qemu-aarch64-static'),
    arm64: join(TOOLS, 'static/aarch64-linux/busybox'),
  }
  const builder = openMachine()
  try {
    for (const [architecture, file] of Object.entries(files)) {
      const bin = join(builder.work, architecture, 'usr/bin')
      mkdirSync(bin, { recursive: true })
      cpSync(file, join(bin, 'qemu-aarch64'), { dereference: true })
      chmodSync(join(bin, 'qemu-aarch64'), 0o755)
      const layer = join(builder.work, `${architecture}.tar`)
      outputOf(await exec('tar', ['-cf', layer, '-C', join(builder.work, architecture), 'usr']))
      const layout = join(builder.work, `${architecture}-layout`)
      const named = ['--image', `${layout}:1`]
      await tool('umoci', ['init', '--layout', layout])
      await tool('umoci', ['new', ...named])
      await tool('umoci', ['config', ...named, '--architecture', architecture])
      await tool('umoci', ['raw', 'add-layer', ...named, layer])
      await tool('skopeo', [
        'copy',
        '--dest-tls-verify=false',
        `oci:${layout}:1`,
        `docker://${repository}:${architecture}`,
      ])
    }
  } finally {
    builder.remove()
  }
  const plain = '--plain-http'
  await tool('oras', ['manifest', 'index', 'create', plain, `${repository}:1`, ...Object.keys(files)])
  const digest = await tool('oras', ['resolve', plain, `${repository}:1`])
  return `${repository}@${digest.trim()}`
}

import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { type ExecResult, exec } from '../src/util/exec.js'
import { CLI, type Machine, openMachine, outputOf, ROOT, TOOLS, tool } from './support/machine.js'
import { type RegistryProcess, startRegistry } from './support/registry.js'

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

/** Runs a command as root on the machine, then builds the example for aarch64. */
const buildAfter = (before: string, image?: string): Promise<ExecResult> => {
  const command = [process.execPath, CLI, ...hello(image)]
  return machine.run('bash', ['-ec', `${before}; exec "$@"`, 'bash', ...command])
}

/** The files in the tool cache of a user. */
const cachedFiles = (user = 'root'): string[] => {
  const folder = join(machine.folder, 'home', user, '.cache/nix-multiarch')
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter(entry => entry.isFile())
  return files.map(({ parentPath, name }) => relative(folder, join(parentPath, name))).sort()
}

/** The files of one QEMU in the tool cache. `version` is a regular expression. */
const filesOfQemu = (version: string): unknown[] =>
  ['.complete', '/qemu-aarch64', '/qemu-aarch64.digest'].map(end =>
    expect.stringMatching(`^qemu-aarch64/${version}/x64${end}$`),
  )

function expectBuilt(result: ExecResult, from: string): void {
  outputOf(result)
  expect(result.stderr).toMatch(new RegExp(`QEMU for aarch64-linux: downloaded from ${from}`))
  expect(result.stderr).toContain('hello for aarch64-linux: built under QEMU')
  expect(existsSync(join(machine.work, ARCHIVE))).toBe(true)
}

describe('from Debian’s package', () => {
  test('without package lists on the machine: does not change them, and reuses QEMU the next time', async () => {
    const show = 'trap "ls -A /var/lib/apt/lists | sed s/^/left:/ >&2" EXIT'
    const command = [process.execPath, CLI, ...hello()]
    const first = await machine.run('bash', ['-c', `${NO_LISTS}; ${show}; "$@"`, 'bash', ...command])
    expectBuilt(first, 'the package of this system')
    expect(first.stderr).not.toContain('left:')
    expect(cachedFiles()).toEqual(filesOfQemu('0\\.0\\.0-deb-[\\w-]+'))
    const second = await buildAfter(NO_APT)
    expect(outputOf(second)).toContain(ARCHIVE)
    expect(second.stderr).not.toContain('downloaded from')
  })

  test('as a user with sudo, with a daemon', async () => {
    const conf = [...CONF, 'trusted-users = root runner']
    const result = await machine.cli(hello(), { user: 'runner', sudo: true, daemon: true, conf })
    expectBuilt(result, 'the package of this system')
    expect(cachedFiles('runner')).toEqual(filesOfQemu('0\\.0\\.0-deb-[\\w-]+'))
  })

  test('as a user who cannot register it: fails without a download', async () => {
    const { code, stderr } = await machine.cli(hello(), { user: 'runner', daemon: true })
    expect(code).toBe(1)
    expect(stderr).toContain('QEMU for aarch64-linux cannot be registered')
    expect(existsSync(join(machine.folder, 'home/runner/.cache/nix-multiarch'))).toBe(false)
  })
})

describe('from an image in a registry, if apt-get is missing', () => {
  let registry: RegistryProcess
  let image: string
  beforeAll(async () => {
    registry = await startRegistry()
    image = await pushImage(`${registry.address}/owner/binfmt`)
  })
  afterAll(() => registry.stop())

  test('downloads the image for this machine by digest', async () => {
    expectBuilt(await buildAfter(NO_APT, image), image)
    expect(cachedFiles()).toEqual(filesOfQemu(`0\\.0\\.0-sha256-${image.split(':').at(-1)}`))
  })

  test('if the image is missing too, the error contains both reasons, and no files are left', async () => {
    const digest = `sha256:${'0'.repeat(64)}`
    const wrong = await buildAfter(NO_APT, image.replace(/sha256:.*/, digest))
    expect(wrong.code).toBe(1)
    expect(wrong.stderr).toContain('apt-get was not found')
    expect(wrong.stderr).toContain(`owner/binfmt@${digest} was not found`)
    expect(wrong.stderr).toContain('use a runner of that system')
    expect(existsSync(join(machine.folder, 'home/root/.cache/nix-multiarch/qemu-aarch64'))).toBe(false)
  })
})

/** Pushes an index like that of binfmt, with QEMU for amd64 and a stand-in for arm64. Returns its reference by digest. */
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

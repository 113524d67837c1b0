import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { ImageTree } from '../src/command/inspect/tree.js'
import type { Merged } from '../src/command/shared/merge-result.js'
import { CLI, type Machine, openMachine, outputOf, ROOT, resultOf, tool } from './support/machine.js'
import { type RegistryProcess, runImage, startRegistry } from './support/registry.js'

const HELLO = `path:${join(ROOT, 'examples/hello')}`
const PLATFORMS = ['linux/amd64', 'linux/arm64']
const GREETING: Record<string, string> = {
  'linux/amd64': 'Hello from linux/amd64',
  'linux/arm64': 'Hello from linux/arm64',
}

let machine: Machine
beforeAll(async () => {
  machine = openMachine({ emulate: true })
  const args = ['build', '--flake', HELLO, '--containers', 'hello', '--systems', 'x86_64-linux aarch64-linux']
  outputOf(await machine.cli(args))
})
afterAll(() => machine.remove())

const at = (name: string): string => join(machine.work, name)
const merge = (...args: string[]) => machine.cli(['merge', '--json', ...args])

describe('a multi-arch archive, without a registry or daemon', () => {
  let merged: Merged
  beforeAll(async () => {
    const all = resultOf<Merged[]>(await merge('--archive', '{name}.oci.tar'))
    merged = all[0] as Merged
  })

  test('contains both platforms and is reproducible', async () => {
    expect(merged.platforms.map(({ platform }) => platform)).toEqual(PLATFORMS)
    outputOf(await merge('--archive', 'again.oci.tar'))
    expect(readFileSync(at('again.oci.tar')).equals(readFileSync(at('hello.oci.tar')))).toBe(true)
  })

  test.each(PLATFORMS)('umoci and chroot run its entry point for %s', async platform => {
    expect(await runImage(at('hello.oci.tar'), platform, 'umoci')).toContain(GREETING[platform])
  })

  test.each(PLATFORMS)('podman runs it for %s', async platform => {
    expect(await runImage(at('hello.oci.tar'), platform, 'podman')).toContain(GREETING[platform])
  })

  test('podman load sets its name', async () => {
    const podman = 'podman --storage-driver vfs --root "$TMPDIR/loaded" --runroot "$TMPDIR/loaded-run"'
    const script = `${podman} load --quiet --input hello.oci.tar && ${podman} images --format '{{.Repository}}:{{.Tag}}'`
    expect(outputOf(await machine.run('sh', ['-c', script]))).toMatch(/^docker\.io\/library\/hello:1\.0\.0$/m)
  })

  test('docker load with the classic store gives each platform a name', async () => {
    const script =
      "docker load --quiet --input hello.oci.tar && docker images --format '{{.Repository}}:{{.Tag}}'"
    const text = outputOf(await machine.run('sh', ['-c', script], { docker: 'classic' }))
    expect(text).toContain('hello:1.0.0\n')
    expect(text).toContain('hello:1.0.0-arm64\n')
    const inspect = ['inspect', '--format', '{{.Architecture}}', 'hello:1.0.0', 'hello:1.0.0-arm64']
    expect(outputOf(await machine.run('docker', inspect, { docker: 'classic' }))).toBe('amd64\narm64\n')
  })

  test('docker load with the containerd store keeps one image with both platforms', async () => {
    const script =
      "docker load --quiet --input hello.oci.tar && docker images --no-trunc --format '{{.Repository}}:{{.Tag}} {{.ID}}'"
    const text = outputOf(await machine.run('sh', ['-c', script], { docker: 'containerd' }))
    expect(text).toContain(`hello:1.0.0 ${merged.digest}`)
  })

  test('docker load also reads the archive of one system', async () => {
    const load = ['load', '--input', 'archives/hello-x86_64-linux.oci.tar']
    expect(outputOf(await machine.run('docker', load, { docker: 'classic' }))).toContain('hello:1.0.0')
  })

  test('oras reads it from the file with the same digest', async () => {
    const args = ['resolve', '--oci-layout', `${at('hello.oci.tar')}:1.0.0`]
    expect((await tool('oras', args)).trim()).toBe(merged.digest)
  })

  test('inspect shows it as a tree', async () => {
    const text = outputOf(await machine.cli(['inspect', 'hello.oci.tar']))
    expect(text).toContain(merged.digest)
    for (const platform of PLATFORMS) expect(text).toMatch(new RegExp(`[├└]─ ${platform} `))
    expect(text).toContain('runs /bin/hello')
  })

  describe('copied to a registry with skopeo', () => {
    let registry: RegistryProcess
    let image: string
    beforeAll(async () => {
      registry = await startRegistry()
      image = `${registry.address}/moved/hello:1`
      await copyAll(`oci-archive:${at('hello.oci.tar')}`, `docker://${image}`)
    })
    afterAll(() => registry.stop())

    test('crane and oras get the same digest', async () => {
      expect((await tool('crane', ['digest', '--insecure', image])).trim()).toBe(merged.digest)
      const descriptor = await tool('oras', ['manifest', 'fetch', '--plain-http', '--descriptor', image])
      expect(JSON.parse(descriptor)).toMatchObject({ digest: merged.digest })
    })

    test('crane and oras get the same digest for each platform', async () => {
      expect(merged.platforms).toHaveLength(2)
      for (const { platform, digest } of merged.platforms) {
        const byCrane = await tool('crane', ['digest', '--insecure', '--platform', platform, image])
        expect(byCrane.trim()).toBe(digest)
        const args = ['manifest', 'fetch', '--plain-http', '--descriptor', '--platform', platform, image]
        expect(JSON.parse(await tool('oras', args))).toMatchObject({ digest })
      }
    })

    test('skopeo copies it back to a folder and to a file with the same digest', async () => {
      await copyAll(`docker://${image}`, `oci:${at('back')}:1`)
      expect(indexDigest(readFileSync(join(at('back'), 'index.json'), 'utf8'))).toBe(merged.digest)
      await copyAll(`docker://${image}`, `oci-archive:${at('back.tar')}:1`)
      const index = outputOf(await machine.run('tar', ['-xOf', 'back.tar', 'index.json']))
      expect(indexDigest(index)).toBe(merged.digest)
    })
  })
})

/** Copies all platforms of an image, without TLS. */
async function copyAll(from: string, to: string): Promise<void> {
  await tool('skopeo', ['copy', '-q', '--all', '--src-tls-verify=false', '--dest-tls-verify=false', from, to])
}

function indexDigest(layout: string): string | undefined {
  return (JSON.parse(layout) as { manifests: { digest: string }[] }).manifests[0]?.digest
}

describe.each(['2.8.2', '2.8.3'])('push to the registry of distribution %s', program => {
  let registry: RegistryProcess
  beforeAll(async () => {
    registry = await startRegistry(['--program', program])
  })
  afterAll(() => registry.stop())

  test('uploads each blob once and sets all tags; a second push uploads nothing', async () => {
    const args = ['--image', `${registry.address}/Owner/{image}`, '--tags', '1.0 latest']
    const [first] = resultOf<Merged[]>(await merge(...args))
    expect(first?.pushed[0]?.blobs).toMatchObject({ existed: 0 })
    expect(first?.pushed[0]?.tags).toEqual([
      `${registry.address}/owner/hello:1.0`,
      `${registry.address}/owner/hello:latest`,
    ])
    for (const tag of ['1.0', 'latest']) {
      const digest = await tool('crane', ['digest', '--insecure', `${registry.address}/owner/hello:${tag}`])
      expect(digest.trim()).toBe(first?.digest)
    }
    const [second] = resultOf<Merged[]>(await merge(...args))
    expect(second?.digest).toBe(first?.digest)
    expect(second?.pushed[0]?.blobs).toMatchObject({ uploaded: 0 })
  })

  test('skopeo and crane pull all platforms', async () => {
    const image = `${registry.address}/owner/hello:latest`
    await tool('skopeo', [
      'copy',
      '--quiet',
      '--all',
      '--src-tls-verify=false',
      `docker://${image}`,
      `oci:${at(`copy-${program}`)}:1`,
    ])
    await tool('crane', ['validate', '--insecure', '--remote', image])
  })

  test.each(PLATFORMS)('podman pulls and runs it for %s', async platform => {
    expect(await runImage(`${registry.address}/owner/hello:latest`, platform, 'podman')).toContain(
      GREETING[platform],
    )
  })

  test('inspect reads it from the registry', async () => {
    const latest = `${registry.address}/owner/hello:latest`
    const [tree] = resultOf<ImageTree[]>(await machine.cli(['inspect', '--json', latest]))
    expect(tree?.platforms.map(({ platform }) => platform)).toEqual(PLATFORMS)
  })
})

describe('a registry that requires a password', () => {
  const PASSWORD = 'a-planted-secret'
  let registry: RegistryProcess
  beforeAll(async () => {
    registry = await startRegistry(['--user', `someone:${PASSWORD}`])
  })
  afterAll(() => registry.stop())

  const image = (): string[] => ['--image', `${registry.address}/private/{name}`]

  test('without credentials: fails and explains what to do', async () => {
    const result = await merge(...image())
    expect(result.code).toBe(1)
    expect(result.stderr).toMatch(/anonymous.*private\/hello/)
    expect(result.stderr).toContain('docker login')
  })

  test('with a password on standard input: it is not in the output', async () => {
    const args = ['merge', ...image(), '--username', 'someone', '--password-stdin', '--verbose']
    const result = await machine.cli(args, { input: `${PASSWORD}\n` })
    outputOf(result)
    expect(result.stdout + result.stderr).not.toContain(PASSWORD)
  })

  test('with a wrong password: fails, and the error contains the user name but not the password', async () => {
    const args = ['merge', ...image(), '--username', 'someone', '--password-stdin']
    const result = await machine.cli(args, { input: 'a-wrong-secret' })
    expect(result.code).toBe(1)
    expect(result.stderr).toContain('someone')
    expect(result.stderr).not.toContain('a-wrong-secret')
  })

  test('with credentials of docker login, and with a credential helper', async () => {
    const config = at('docker')
    mkdirSync(config, { recursive: true })
    const auth = Buffer.from(`someone:${PASSWORD}`).toString('base64')
    writeFileSync(join(config, 'config.json'), JSON.stringify({ auths: { [registry.address]: { auth } } }))
    const merging = [process.execPath, CLI, 'merge', ...image()]
    outputOf(await machine.run('env', [`DOCKER_CONFIG=${config}`, ...merging]))

    const helper = join(config, 'docker-credential-planted')
    writeFileSync(helper, `#!/bin/sh\necho '{"Username":"someone","Secret":"${PASSWORD}"}'\n`, {
      mode: 0o755,
    })
    const helpers = { credHelpers: { [registry.address]: 'planted' } }
    writeFileSync(join(config, 'config.json'), JSON.stringify(helpers))
    const path = `PATH=${config}:${process.env.PATH}`
    outputOf(await machine.run('env', [`DOCKER_CONFIG=${config}`, path, ...merging]))
  })
})

describe('a merge of invalid archives pushes no image', () => {
  const folder = (): string => at('doubt')
  const [x86, arm] = ['hello-x86_64-linux.oci.tar', 'hello-aarch64-linux.oci.tar']
  beforeEach(() => {
    rmSync(folder(), { recursive: true, force: true })
    cpSync(at('archives'), folder(), { recursive: true })
  })

  const expectRefused = async (...args: string[]): Promise<string> => {
    const registry = await startRegistry()
    try {
      const result = await merge(
        '--archives',
        folder(),
        '--image',
        `${registry.address}/doubt/{name}`,
        ...args,
      )
      expect(result.code).toBe(1)
      // Blobs may have been uploaded, but no tag was set.
      const list = await fetch(`http://${registry.address}/v2/doubt/hello/tags/list`)
      expect(((await list.json()) as { tags?: string[] }).tags ?? []).toEqual([])
      return result.stderr
    } finally {
      await registry.stop()
    }
  }

  test('an archive with a changed byte', async () => {
    const bytes = readFileSync(join(folder(), arm))
    const middle = bytes.lastIndexOf(Buffer.from([0x1f, 0x8b, 0x08])) + 20
    bytes[middle] = (bytes[middle] ?? 0) ^ 1
    writeFileSync(join(folder(), arm), bytes)
    expect(await expectRefused()).toContain(arm)
  })

  test('a truncated archive', async () => {
    writeFileSync(join(folder(), arm), readFileSync(join(folder(), arm)).subarray(0, 9000))
    expect(await expectRefused()).toContain(arm)
  })

  test('a missing system', async () => {
    rmSync(join(folder(), arm))
    expect(await expectRefused('--systems', 'x86_64-linux aarch64-linux')).toMatch(
      /hello: aarch64-linux is missing/,
    )
  })

  test('two archives for the same system', async () => {
    cpSync(join(folder(), x86), join(folder(), 'copy.oci.tar'))
    expect(await expectRefused()).toMatch(/x86_64-linux has two archives/)
  })

  test('an archive for a system that is not in `--systems`', async () => {
    expect(await expectRefused('--systems', 'x86_64-linux')).toMatch(/aarch64-linux, which is not expected/)
  })

  test('an archive of another program', async () => {
    await tool('skopeo', [
      'copy',
      '--quiet',
      `oci-archive:${join(folder(), x86)}`,
      `oci-archive:${join(folder(), 'other.oci.tar')}:1`,
    ])
    expect(await expectRefused()).toMatch(/other\.oci\.tar is not an archive of/)
  })
})

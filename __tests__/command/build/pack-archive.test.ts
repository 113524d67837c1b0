import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { packArchive } from '../../../src/command/build/pack-archive.js'
import { openArchive } from '../../../src/command/shared/open-archive.js'
import { archiveOf, containerOf, dockerFile } from '../../support/archives.js'
import { dockerArchive } from '../../support/docker-archive.js'
import { type TestHost, testHost } from '../../support/host.js'
import { elfProgram, imageOf, layerOf, tarOf } from '../../support/images.js'

let folder: string
let host: TestHost
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'package-'))
  host = testHost()
})
afterEach(() => {
  rmSync(folder, { recursive: true })
  host.remove()
})

test('an archive has annotations and the config that Nix wrote', async () => {
  const container = containerOf('hello', 'aarch64-linux', {
    licenses: 'MIT',
    homepage: 'https://example.org',
  })
  const source = dockerFile(host.temp, container)
  const file = join(folder, 'a.oci.tar')
  const { image } = await packArchive(container, source, host, { file, encoding: 'gzip' })
  const archived = await openArchive(file)
  expect(archived).toMatchObject({
    container: 'hello',
    system: 'aarch64-linux',
    derivation: container.derivation,
  })
  expect(archived?.image.manifest.digest).toBe(image.manifest.digest)
  const config = await archived?.layout.readBlob(image.config)
  expect(readFileSync(source).includes(config ?? 'nothing')).toBe(true)
  const manifest = JSON.parse(String(await archived?.layout.readBlob(image.manifest)))
  expect(manifest.annotations).toEqual({
    'org.opencontainers.image.title': 'hello',
    'org.opencontainers.image.description': 'The container hello',
    'org.opencontainers.image.licenses': 'MIT',
    'org.opencontainers.image.version': '1.0',
    'org.opencontainers.image.url': 'https://example.org',
  })
})

test('writes the same bytes for the same image', async () => {
  const [one, two] = [join(folder, 'one'), join(folder, 'two')]
  for (const to of [one, two]) await archiveOf(to, containerOf('hello', 'x86_64-linux'))
  const name = 'hello-x86_64-linux.oci.tar'
  expect(readFileSync(join(one, name)).equals(readFileSync(join(two, name)))).toBe(true)
})

test('writes the same manifest for another commit', async () => {
  const digests = ['abc', 'def'].map(async (sha, n) => {
    const env = { GITHUB_SHA: sha, GITHUB_SERVER_URL: 'https://github.com', GITHUB_REPOSITORY: 'o/r' }
    const github = testHost({ kind: 'github', env })
    const file = await archiveOf(join(folder, String(n)), containerOf('hello', 'x86_64-linux'), github)
    const archived = await openArchive(file)
    expect(archived?.annotations['org.opencontainers.image.source']).toBe('https://github.com/o/r')
    return archived?.image.manifest.digest
  })
  const [one, two] = await Promise.all(digests)
  expect(one).toBe(two)
})

describe('an image for another platform', () => {
  test('is rejected with its attribute, and no file remains', async () => {
    const container = containerOf('hello', 'aarch64-linux')
    const source = dockerFile(host.temp, container, 'amd64')
    const file = join(folder, 'a.oci.tar')
    const packaged = packArchive(container, source, host, { file, encoding: 'gzip' })
    await expect(packaged).rejects.toMatchObject({
      message: 'hello for aarch64-linux should be for linux/arm64, but its image config says linux/amd64',
      hint: expect.stringContaining('packages.aarch64-linux.hello'),
    })
    expect(existsSync(file)).toBe(false)
    expect(readdirSync(host.temp)).toEqual(['hello-aarch64-linux.tar'])
  })

  test('is rejected if the platform is unknown', async () => {
    const container = containerOf('hello', 'aarch64-linux')
    const source = dockerFile(host.temp, container, 'pdp11')
    const packaged = packArchive(container, source, host, {
      file: join(folder, 'a'),
      encoding: 'gzip',
    })
    await expect(packaged).rejects.toThrow('its image config says linux/pdp11')
  })

  test('is rejected if the config is correct but all programs are for another platform', async () => {
    const container = containerOf('hello', 'aarch64-linux')
    const source = join(host.temp, 'wrong.tar')
    writeFileSync(
      source,
      dockerArchive(
        imageOf([layerOf(tarOf([{ name: 'bin/hello', body: elfProgram() }]))], 'arm64', {
          Cmd: ['/bin/hello'],
        }),
      ),
    )
    const packaged = packArchive(container, source, host, {
      file: join(folder, 'a'),
      encoding: 'gzip',
    })
    await expect(packaged).rejects.toThrow(
      'hello for aarch64-linux is for arm64, but contains 1 program for amd64 and none for arm64',
    )
  })

  test('gets the variant of the system if the config has none', async () => {
    const file = await archiveOf(folder, containerOf('hello', 'armv6l-linux'))
    expect((await openArchive(file))?.image.platform).toEqual({
      os: 'linux',
      architecture: 'arm',
      variant: 'v6',
    })
  })
})

describe('an image config that Go cannot read', () => {
  const packConfig = (config: object) => {
    const image = imageOf([layerOf(tarOf([{ name: 'etc/x', body: Buffer.from('x') }]))])
    const document = { ...JSON.parse(String(image.config)), config }
    const source = join(host.temp, 'wrong.tar')
    writeFileSync(source, dockerArchive({ ...image, config: Buffer.from(JSON.stringify(document)) }))
    const file = join(folder, 'a')
    return packArchive(containerOf('hello', 'x86_64-linux'), source, host, { file, encoding: 'gzip' })
  }

  test('is an error that names the container, the field and what to write', async () => {
    await expect(packConfig({ Labels: { build: 7 } })).rejects.toMatchObject({
      name: 'UserError',
      message:
        'hello for x86_64-linux: other tools cannot read its image config: ' +
        'config.Labels.build is 7, but must be a string',
      hint: 'In packages.x86_64-linux.hello, write `Labels = { build = "7"; };`.',
    })
    expect(readdirSync(folder)).toEqual([])
  })

  test('is an error also for fields that the build reads itself', async () => {
    await expect(packConfig({ Cmd: '/bin/sh', User: 1000 })).rejects.toMatchObject({
      message: expect.stringContaining(
        'config.Cmd is "/bin/sh", but must be a list of strings; config.User is 1000',
      ),
      hint: 'In packages.x86_64-linux.hello, write `Cmd = [ "/bin/sh" ];` and `User = "1000";`.',
    })
  })
})

test('a docker-archive of an image from scratch has no layers', async () => {
  const config = {
    os: 'linux',
    architecture: 'amd64',
    rootfs: { type: 'layers', diff_ids: null },
    history: null,
  }
  const source = join(host.temp, 'scratch.tar')
  const manifest = [{ Config: 'c.json', RepoTags: null, Layers: null }]
  writeFileSync(
    source,
    tarOf([
      { name: 'c.json', body: Buffer.from(JSON.stringify(config)) },
      { name: 'manifest.json', body: Buffer.from(JSON.stringify(manifest)) },
    ]),
  )
  const file = join(folder, 'scratch.oci.tar')
  await packArchive(containerOf('scratch', 'x86_64-linux'), source, host, { file, encoding: 'gzip' })
  expect((await openArchive(file))?.image.layers).toEqual([])
})

test.each([
  ['ghcr.io/Acme/full', 'full'],
  ['localhost:5000/full', 'full'],
  ['acme/full', 'full'],
  ['full', 'full'],
  ['not a name', 'hello'],
])('the title of an image named %s is %s', async (imageName, title) => {
  const container = containerOf('hello', 'x86_64-linux', { imageName })
  const archive = await openArchive(await archiveOf(folder, container))
  expect(archive?.annotations['org.opencontainers.image.title']).toBe(title)
})

test.each([
  [127, []],
  [
    128,
    [
      expect.stringMatching(
        /^warning: hello for x86_64-linux has 128 layers.*up to 127\. Set `maxLayers` in packages\.x86/,
      ),
    ],
  ],
])('an image with %i layers: warnings %j', async (count, warnings) => {
  const layer = layerOf(tarOf([{ name: 'etc/x', body: Buffer.from('x') }]))
  const source = join(host.temp, 'many.tar')
  writeFileSync(source, dockerArchive(imageOf(Array(count).fill(layer))))
  const file = join(folder, 'many.oci.tar')
  await packArchive(containerOf('hello', 'x86_64-linux'), source, host, { file, encoding: 'gzip' })
  expect(host.logged.filter(line => line.startsWith('warning'))).toEqual(warnings)
})

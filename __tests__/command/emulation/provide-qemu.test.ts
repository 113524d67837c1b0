import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { provideQemu, type QemuContext } from '../../../src/command/emulation/provide-qemu.js'
import { saveQemu } from '../../../src/command/emulation/qemu-store.js'
import { DEFAULT_QEMU_IMAGE } from '../../../src/input/inputs-for-nix.js'
import { detectSystem } from '../../../src/nix/detect-system.js'
import { OCI_LAYER_GZIP } from '../../../src/oci/descriptor.js'
import { digestOf } from '../../../src/oci/digest.js'
import { createBlob, type Image, makeImage } from '../../../src/oci/image.js'
import { makeIndex } from '../../../src/oci/image-index.js'
import { platformOf, type System } from '../../../src/oci/platform.js'
import { parseReference } from '../../../src/oci/reference.js'
import { RegistryClient } from '../../../src/registry/client.js'
import { exec } from '../../../src/util/exec.js'
import { formatBytes } from '../../../src/util/text.js'
import { rejection } from '../../nix/fakes.js'
import { TestClock } from '../../registry/fixture.js'
import { testHost } from '../../support/host.js'
import { type TestMember, tarOf } from '../../support/images.js'
import { startRegistry, type TestRegistry } from '../../support/registry.js'

const MACHINE = detectSystem()
const FOREIGN: System = MACHINE === 'aarch64-linux' ? 'x86_64-linux' : 'aarch64-linux'
const program = (system: System) => readFile(join(process.cwd(), 'examples/hello/bin', system))
/** Any static program for this machine can be the interpreter. */
const QEMU = await program(MACHINE)
const NEWER = Buffer.concat([QEMU, Buffer.from('newer')])
const OTHERS = await program(FOREIGN)

let folder: string
let registry: TestRegistry
let logged: string[]
let of: QemuContext

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'qemu-test-'))
  for (const name of ['bin', 'temp', 'archive', 'lists']) await mkdir(join(folder, name))
  registry = await startRegistry({ auth: { kind: 'token', anonymous: 'pull' } })
  logged = []
  const record = (line: string) => logged.push(line)
  of = {
    tools: join(folder, 'tools'),
    temp: join(folder, 'temp'),
    machine: MACHINE,
    exec,
    env: { PATH: join(folder, 'bin') },
    image: `${registry.host}/owner/binfmt@sha256:${'0'.repeat(64)}`,
    openClient: () => new RegistryClient({ clock: new TestClock() }),
    arch: process.arch,
    log: { info: record, debug: () => {}, warning: record, showProgress: (_, task) => task(() => {}) },
  }
})

afterEach(async () => {
  await registry.close()
  await rm(folder, { recursive: true, force: true })
})

const provide = (more: Partial<QemuContext> = {}) => provideQemu('aarch64-linux', { ...of, ...more })
const calls = async () =>
  (await readFile(join(folder, 'calls'), 'utf8').catch(() => '')).split('\n').filter(Boolean)
const keptFiles = async () =>
  (await readdir(of.tools, { recursive: true, withFileTypes: true }).catch(() => []))
    .filter(each => each.isFile())
    .map(each => join(each.parentPath, each.name))
    .sort()

/** The folder of the tool cache for a version of the interpreter. */
const folderOf = (version: string) => join(of.tools, 'qemu-aarch64', version, process.arch)

const PACKAGE_VERSION = '0.0.0-deb-1-7-2'

async function expectKept(path: string, version: string, bytes = QEMU) {
  expect(path).toBe(join(folderOf(version), 'qemu-aarch64'))
  expect(await readFile(path)).toEqual(bytes)
  expect((await stat(path)).mode & 0o777).toBe(0o755)
  expect(await keptFiles()).toEqual([`${folderOf(version)}.complete`, path, `${path}.digest`])
  expect(await readdir(of.temp)).toEqual([])
}

async function script(name: string, text: string) {
  const file = join(folder, 'bin', name)
  await writeFile(file, `#!/bin/sh\nPATH=/usr/bin:/bin\n${text}`)
  await chmod(file, 0o755)
}

/** Creates an apt-get with a folder of packages. Its package lists contain the names in `known`. */
async function withApt(known: readonly string[]) {
  for (const name of known) await writeFile(join(folder, 'lists', name), '')
  await script('dpkg-deb', '[ "$1" = --fsys-tarfile ] && exec cat "$2"')
  await script(
    'apt-get',
    `lists=${folder}/lists
for word; do
  case $word in Dir::State::lists=*) lists=\${word#*=} ;; update | download) verb=$word ;; esac
done
echo "$verb\${verb#update}" | sed "s/^download.*/download $word/" >>${folder}/calls
if [ $verb = update ]; then
  for file in ${folder}/archive/*; do : >"$lists/\${file##*/}"; done
elif [ ! -e "$lists/$word" ]; then
  echo "E: Unable to locate package $word" >&2
  exit 100
else
  cp ${folder}/archive/$word "\${word}_1%3a7.2_amd64.deb"
fi`,
  )
}

const addPackage = (name: string, members: readonly TestMember[]) =>
  writeFile(join(folder, 'archive', name), tarOf(members))

const STATIC_MEMBERS: TestMember[] = [
  { name: './usr/bin/qemu-aarch64_be-static', body: OTHERS },
  { name: './usr/bin/qemu-aarch64-static', body: QEMU },
  { name: './usr/bin/qemu-arm-static', body: OTHERS },
]

describe('QEMU from the package', () => {
  test("only the interpreter is extracted, with the machine's package lists", async () => {
    await withApt(['qemu-user-static'])
    await addPackage('qemu-user-static', STATIC_MEMBERS)
    await expectKept(await provide(), PACKAGE_VERSION)
    expect(await calls()).toEqual(['download qemu-user-static'])
    expect(registry.log).toEqual([])
    expect(logged).toEqual([
      expect.stringMatching(/^QEMU for aarch64-linux: downloaded from the package of this system in /),
    ])
  })

  test('the next run finds it saved', async () => {
    await withApt(['qemu-user-static'])
    await addPackage('qemu-user-static', STATIC_MEMBERS)
    const path = await provide()
    expect(await provide()).toBe(path)
    expect(await calls()).toHaveLength(1)
  })

  test.each<[string, (path: string) => Promise<void>]>([
    ['truncated in its header', path => truncate(path, 50)],
    ['truncated at its end', path => truncate(path, QEMU.length - 1)],
    [
      'changed at its end',
      path => writeFile(path, Buffer.concat([QEMU.subarray(0, -9), Buffer.alloc(9, 1)])),
    ],
    ['saved without its digest', path => rm(`${path}.digest`)],
  ])('a saved one is not used if it was %s', async (_, damage) => {
    await withApt(['qemu-user-static'])
    await addPackage('qemu-user-static', STATIC_MEMBERS)
    await damage(await provide())
    await expectKept(await provide(), PACKAGE_VERSION)
    expect(await calls()).toHaveLength(2)
  })

  test('if the folder for tools cannot be created, it is saved for this run only', async () => {
    await withApt(['qemu-user-static'])
    await addPackage('qemu-user-static', STATIC_MEMBERS)
    await writeFile(of.tools, 'no folder')
    const path = await provide()
    expect(path).toMatch(/\/temp\/qemu-\w+\/qemu-aarch64$/)
    expect(logged.filter(line => !line.startsWith('QEMU for'))).toEqual([])
    expect(await readFile(path)).toEqual(QEMU)
  })

  test('its programs get only the proxy variables and PATH', async () => {
    await withApt([])
    await script('apt-get', `env >>${folder}/calls; echo "E: Unable to locate package"; exit 100`)
    process.env.PLANTED_TOKEN = 'planted'
    try {
      await rejection(provide({ env: { ...of.env, https_proxy: 'http://proxy:1', PLANTED_KEY: 'planted' } }))
    } finally {
      delete process.env.PLANTED_TOKEN
    }
    expect(await calls()).toContain('https_proxy=http://proxy:1')
    expect((await calls()).join()).not.toContain('planted')
  })

  test('if the package lists do not have it, new lists are downloaded to another folder', async () => {
    await withApt([])
    await addPackage('qemu-user-static', STATIC_MEMBERS)
    await expectKept(await provide(), PACKAGE_VERSION)
    expect(await calls()).toEqual([
      'download qemu-user-static',
      'download qemu-user',
      'update',
      'download qemu-user-static',
    ])
    expect(await readdir(join(folder, 'lists'))).toEqual([])
  })

  test('newer releases have it in another package', async () => {
    await withApt(['qemu-user-static', 'qemu-user'])
    await addPackage('qemu-user-static', [
      { name: './usr/bin/qemu-aarch64-static', link: { to: 'qemu-aarch64' } },
    ])
    await addPackage('qemu-user', [{ name: './usr/bin/qemu-aarch64', body: NEWER }])
    await expectKept(await provide(), PACKAGE_VERSION, NEWER)
  })

  test('an interpreter that needs libraries is not used', async () => {
    await withApt(['qemu-user'])
    await addPackage('qemu-user', [{ name: './usr/bin/qemu-aarch64', body: await dynamicProgram() }])
    const error = await rejection(provide())
    expect(error.message).toContain('no package qemu-user-static or qemu-user with a static qemu-aarch64')
    expect(await keptFiles()).toEqual([])
  })

  test('without a network, apt is not run again', async () => {
    await withApt([])
    await script(
      'apt-get',
      `echo "$*" >>${folder}/calls
echo 'E: Failed to fetch http://example.org/qemu.deb  Temporary failure resolving' >&2
echo 'E: Some files failed to download' >&2
exit 100`,
    )
    const error = await rejection(provide())
    expect(error.message).toContain(
      'apt-get download qemu-user-static failed: Failed to fetch http://example.org/qemu.deb',
    )
    expect(await calls()).toHaveLength(1)
    expect((await calls())[0]).toContain('Acquire::http::Timeout=10')
  })

  test('an apt that hangs is stopped', async () => {
    await script('apt-get', 'exec sleep 60')
    const error = await rejection(provide({ timeoutMs: 200 }))
    expect(error.message).toContain('apt-get was stopped after 0.2 s')
  })

  test('a package that cannot be unpacked is an error', async () => {
    await withApt(['qemu-user-static'])
    await writeFile(join(folder, 'archive/qemu-user-static'), tarOf(STATIC_MEMBERS).subarray(0, 3000))
    const error = await rejection(provide())
    expect(error.message).toMatch(/qemu-user-static_1%3a7\.2_amd64\.deb cannot be read: it is truncated/)
    await script('dpkg-deb', 'exit 2')
    expect((await rejection(provide())).message).toContain('dpkg-deb ended with exit code 2')
    await rm(join(folder, 'bin/dpkg-deb'))
    expect((await rejection(provide())).message).toContain('dpkg-deb was not found')
    expect(await keptFiles()).toEqual([])
    expect(await readdir(of.temp)).toEqual([])
  })

  test('after an abort, no other source is tried', async () => {
    await script('apt-get', `: >${folder}/began; exec sleep 60`)
    const abort = new AbortController()
    const provided = rejection(provide({ signal: abort.signal }))
    while (!existsSync(join(folder, 'began'))) await new Promise(resolve => setTimeout(resolve, 5))
    abort.abort(new Error('enough'))
    expect((await provided).message).toBe('enough')
    expect(registry.log).toEqual([])
  })
})

describe('QEMU in a runner image', () => {
  /** Fills the tool cache with the package itself. */
  async function prefill(version: string, files: Record<string, string | Buffer>) {
    const source = join(folder, 'source')
    await mkdir(source)
    for (const [name, content] of Object.entries(files)) await writeFile(join(source, name), content)
    const script = `import { cacheDir } from '@actions/tool-cache'
      await cacheDir('${source}', 'qemu-aarch64', '${version}')`
    const args = ['--input-type=module', '-e', script]
    const { code, stderr } = await exec(process.execPath, args, { env: { RUNNER_TOOL_CACHE: of.tools } })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  }

  test('is used if its digest is next to it', async () => {
    await prefill('10.0.2', { 'qemu-aarch64': QEMU, 'qemu-aarch64.digest': `${digestOf(QEMU)}\n` })
    expect(await provide()).toBe(join(folderOf('10.0.2'), 'qemu-aarch64'))
    expect(registry.log).toEqual([])
  })

  test.each<[string, Record<string, string | Buffer>]>([
    ['has no digest', { 'qemu-aarch64': QEMU }],
    ['has another digest', { 'qemu-aarch64': QEMU, 'qemu-aarch64.digest': digestOf(NEWER) }],
    ['is for another machine', { 'qemu-aarch64': OTHERS, 'qemu-aarch64.digest': digestOf(OTHERS) }],
    ['has another name', { qemu: QEMU, 'qemu.digest': digestOf(QEMU) }],
  ])('is not used if it %s', async (_, files) => {
    await prefill('10.0.2', files)
    await withApt(['qemu-user-static'])
    await addPackage('qemu-user-static', STATIC_MEMBERS)
    expect(await provide()).toBe(join(folderOf(PACKAGE_VERSION), 'qemu-aarch64'))
  })

  test('does not replace the image that was asked for', async () => {
    const image = await push([imageOf(MACHINE, [[binary(NEWER)]])])
    const other = await push([imageOf(MACHINE, [[binary(QEMU)]])])
    await provide({ image: other })
    expect(await readFile(await provide({ image }))).toEqual(NEWER)
  })
})

describe('QEMU from the image', () => {
  test('only the interpreter is extracted, from the image for this machine', async () => {
    const [own, other] = [imageOf(MACHINE, [[binary(QEMU)]]), imageOf(FOREIGN, [[binary(OTHERS)]])]
    const image = await push([own, other])
    await expectKept(await provide({ image }), imageVersion(image))
    expect(blobsRead()).toEqual(own.layers.map(layer => layer.digest))
    expect(registry.log.some(({ authorization }) => authorization?.startsWith('Basic'))).toBe(false)
    expect(logged.at(-1)).toContain(`downloaded from ${image} in `)
  })

  test('the download shows its bytes if it is slow', async () => {
    const layer = imageOf(MACHINE, [[binary(QEMU)]])
    const host = testHost({ kind: 'github' })
    const image = await push([layer])
    await provide({ image, log: { ...of.log, showProgress: host.log.showProgress } })
    host.remove()
    const size = formatBytes(layer.layers[0]?.size ?? 0)
    const shown = { title: 'QEMU for aarch64-linux', activity: 'downloading', delayMs: 2000 }
    expect(host.shown[0]).toEqual({ ...shown, amount: undefined })
    expect(host.shown.at(-1)).toEqual({ ...shown, amount: `${size} of ${size}` })
  })

  test('the next run finds it saved, for the same image only', async () => {
    const image = await push([imageOf(MACHINE, [[binary(QEMU)]])])
    const path = await provide({ image })
    const asked = registry.log.length
    expect(await provide({ image })).toBe(path)
    expect(registry.log).toHaveLength(asked)
    const newer = await push([imageOf(MACHINE, [[binary(NEWER)]])])
    expect(await readFile(await provide({ image: newer }))).toEqual(NEWER)
  })

  test('the highest layer with the interpreter is used', async () => {
    const layers = [[binary(QEMU)], [binary(NEWER)], [{ name: 'usr/bin/binfmt', body: OTHERS }]]
    const image = await push([imageOf(MACHINE, layers)])
    await expectKept(await provide({ image }), imageVersion(image), NEWER)
  })

  test('a broken download is retried', async () => {
    const image = await push([imageOf(MACHINE, [[binary(QEMU)]])])
    registry.fault({ method: 'GET', path: /\/blobs\//, action: { kind: 'cut' } })
    await expectKept(await provide({ image }), imageVersion(image))
    expect(blobsRead()).toHaveLength(2)
  })

  test('two runs at the same time do not interfere', async () => {
    const image = await push([imageOf(MACHINE, [[binary(QEMU)]])])
    const [one, two] = await Promise.all([provide({ image }), provide({ image })])
    expect(one).toBe(two)
    await expectKept(one, imageVersion(image))
  })

  test('a layer with a wrong digest is not used', async () => {
    const image = imageOf(MACHINE, [[binary(QEMU)]])
    const reference = await push([image])
    const [layer] = image.layers
    if (!layer) throw new Error('no layer')
    registry.blobs.set(layer.digest, gzipSync(tarOf([binary(NEWER)]), { level: 0 }).subarray(0, layer.size))
    const error = await rejection(provide({ image: reference }))
    expect(error.message).toContain(`${reference} cannot be used: `)
    expect(await keptFiles()).toEqual([])
  })

  test('a layer is not used if only its last byte is wrong, after the interpreter', async () => {
    const tar = Buffer.concat([tarOf([binary(QEMU)]), Buffer.alloc(1 << 20)])
    const image = imageOfTars(MACHINE, [tar])
    const reference = await push([image])
    const other = Buffer.from(tar)
    other[other.length - 1] = 1
    registry.blobs.set(image.layers[0]?.digest as never, other)
    const error = await rejection(provide({ image: reference }))
    expect(error.message).toMatch(/cannot be used: the content of sha256:\w+ has the digest sha256:/)
    expect(await keptFiles()).toEqual([])
  })

  test.each<[string, () => Promise<string>, RegExp]>([
    [
      'without the interpreter',
      () => push([imageOf(MACHINE, [[{ name: 'usr/bin/qemu-arm', body: QEMU }]])]),
      /binfmt@sha256:\w+ has no static usr\/bin\/qemu-aarch64 for this machine/,
    ],
    [
      'for another machine',
      () => push([imageOf(FOREIGN, [[binary(OTHERS)]])]),
      /has no static usr\/bin\/qemu-aarch64 for this machine/,
    ],
    [
      'with a layer that is not a tar',
      () => push([imageOfTars(MACHINE, [Buffer.from('no tar')])]),
      /binfmt@sha256:\w+ cannot be used: it is not a tar/,
    ],
    ['that does not exist', async () => of.image, /binfmt@sha256:0+ was not found/],
    ['without a digest', async () => 'owner/binfmt:1', /^`qemu-image`: owner\/binfmt:1 has no digest/],
  ])('an image %s is an error', async (_, image, message) => {
    const error = await rejection(provide({ image: await image() }))
    expect(error.name).toBe('UserError')
    expect(error.message).toMatch(message)
    expect(await keptFiles()).toEqual([])
  })
})

test('a full disk is an error that names the folder', async () => {
  async function* bytes() {
    yield QEMU.subarray(0, 50)
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
  }
  const error = await rejection(saveQemu('aarch64-linux', of, '1.0.0', bytes()))
  expect(error.name).toBe('UserError')
  expect(error.message).toContain(`The disk has no space for QEMU in ${join(of.temp, 'qemu-')}`)
  expect(await keptFiles()).toEqual([])
  expect(await readdir(of.temp)).toEqual([])
})

test('if both sources fail, the error has both reasons and a hint', async () => {
  const gone = await startRegistry()
  const image = `${gone.host}/owner/binfmt@sha256:${'0'.repeat(64)}`
  await gone.close()
  const error = await rejection(provide({ image }))
  expect(error.message).toMatch(
    /^QEMU for aarch64-linux cannot be downloaded: from the package of this system: apt-get was not found; from 127.*ECONNREFUSED/,
  )
  expect(error.hint).toMatch(/^To build for aarch64-linux: use a runner of that system/)
})

test('the default image has a digest', () => {
  expect(parseReference(DEFAULT_QEMU_IMAGE)).toMatchObject({
    registry: 'docker.io',
    repository: 'tonistiigi/binfmt',
    digest: expect.stringMatching(/^sha256:/),
  })
})

/** The version under which the tool cache has the interpreter of an image. */
const imageVersion = (reference: string): string => `0.0.0-sha256-${reference.split(':').at(-1)}`

const binary = (body: Buffer): TestMember => ({ name: 'usr/bin/qemu-aarch64', body })

const imageOf = (system: System, layers: readonly (readonly TestMember[])[]): Image =>
  imageOfTars(
    system,
    layers.map(members => gzipSync(tarOf(members))),
  )

function imageOfTars(system: System, tars: readonly Buffer[]): Image {
  const platform = platformOf(system)
  const layers = tars.map(tar => createBlob(tar, { mediaType: OCI_LAYER_GZIP }))
  return makeImage({ platform, config: Buffer.from(JSON.stringify(platform)), layers })
}

/** Adds an index of images to the registry without its API. Returns the reference of the index. */
async function push(images: readonly Image[]): Promise<string> {
  const { blob } = makeIndex(images)
  const { manifests } = registry.repository('owner/binfmt')
  for (const { manifest, config, layers } of images) {
    for (const blob of [config, ...layers]) registry.addBlob('owner/binfmt', await bytesOf(blob))
    manifests.set(manifest.digest, { bytes: await bytesOf(manifest), mediaType: manifest.mediaType })
  }
  manifests.set(blob.digest, { bytes: await bytesOf(blob), mediaType: blob.mediaType })
  return `${registry.host}/owner/binfmt@${blob.digest}`
}

const bytesOf = async (blob: Image['manifest']): Promise<Buffer> => Buffer.concat(await blob.open().toArray())

const blobsRead = () =>
  registry.requests('GET', /\/blobs\//).map(({ path }) => path.slice(path.lastIndexOf('/') + 1))

/** The program with a segment for a dynamic loader. */
async function dynamicProgram(): Promise<Buffer> {
  const bytes = Buffer.from(QEMU)
  bytes.writeUInt32LE(3, Number(bytes.readBigUInt64LE(32)))
  return bytes
}

import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { packArchive, writeImageArchive } from '../../../src/command/build/pack-archive.js'
import { merge } from '../../../src/command/merge/merge.js'
import { findSource } from '../../../src/command/rebuild/find-source.js'
import { formatRebuild } from '../../../src/command/rebuild/rebuild-text.js'
import { openArchive } from '../../../src/command/shared/open-archive.js'
import { addReused } from '../../../src/command/shared/recipe.js'
import type { WorkTree } from '../../../src/command/shared/work-tree.js'
import { type VerifyResult, verifyImage } from '../../../src/command/verify-image.js'
import { MERGE_INPUTS, VERIFY_INPUTS } from '../../../src/input/input-table.js'
import { readInputs } from '../../../src/input/read-inputs.js'
import type { Container } from '../../../src/nix/container.js'
import { detectSystem } from '../../../src/nix/detect-system.js'
import { CREATED, REVISION, SOURCE } from '../../../src/oci/annotation-keys.js'
import { type Blob, OCI_INDEX } from '../../../src/oci/descriptor.js'
import { type Digest, digestOf } from '../../../src/oci/digest.js'
import { createBlob, makeImage } from '../../../src/oci/image.js'
import { formatPlatform, platformOf, type System } from '../../../src/oci/platform.js'
import { useFolder } from '../../image/fixture.js'
import { containerOf } from '../../support/archives.js'
import { dockerArchive } from '../../support/docker-archive.js'
import { silentHost, type TestHost, testHost } from '../../support/host.js'
import { imageOf, layerOf, tarOf } from '../../support/images.js'
import { installNix, quoteJson } from '../../support/nix-program.js'
import { startRegistry, type TestRegistry } from '../../support/registry.js'
import { storePath } from '../../support/store-images.js'

const SYSTEM = detectSystem()
const PLATFORM = formatPlatform(platformOf(SYSTEM))
const OTHER: System = SYSTEM === 'x86_64-linux' ? 'aarch64-linux' : 'x86_64-linux'
const SHA = '0123456789012345678901234567890123456789'
const DATE = new Date('2026-03-04T05:06:07Z')
const TREE: WorkTree = {
  kind: 'commit',
  sha: SHA,
  isClean: true,
  tags: [],
  commitDate: DATE,
  page: 'https://example.org/o/r',
}
const NIX_SETTINGS = { system: { value: SYSTEM }, store: { value: 'daemon' } }
const GREETING = storePath('greeting-1.0')

const folder = useFolder()
let host: TestHost
let registry: TestRegistry
beforeEach(async () => {
  host = testHost()
  registry = await startRegistry()
})
afterEach(async () => {
  host.remove()
  await registry.close()
})

interface BuildResult {
  readonly greeting?: string
  readonly cmd?: string
  readonly system?: System
}

/** What Nix builds: a docker-archive with two store paths in two layers. */
function builtFile({ greeting = 'Hello', cmd, system = SYSTEM }: BuildResult = {}): string {
  const layers = [
    layerOf(tarOf([{ name: `${storePath('libc-2')}/lib`, body: Buffer.from('libc '.repeat(1000)) }])),
    layerOf(tarOf([{ name: `${GREETING}/text`, body: Buffer.from(greeting.repeat(1000)) }])),
  ]
  const image = imageOf(layers, platformOf(system).architecture)
  const document = { ...JSON.parse(image.config.toString()), ...(cmd && { config: { Cmd: [cmd] } }) }
  const config = Buffer.from(JSON.stringify(document))
  const path = join(folder.path, `built-${system}-${greeting}.tar`)
  writeFileSync(path, dockerArchive({ ...image, config }))
  return path
}

const containerFor = (system: System, about: Partial<Container> = {}): Container =>
  containerOf('one', system, about)

/** Publishes what `build` and `merge` make of the image, and returns its reference. */
async function publish(
  given: Record<string, string> = {},
  {
    tree = TREE,
    systems = [SYSTEM],
    change = async () => {},
  }: {
    readonly tree?: WorkTree
    readonly systems?: readonly System[]
    readonly change?: (file: string) => Promise<void>
  } = {},
): Promise<string> {
  const archives = join(folder.path, 'archives')
  mkdirSync(archives)
  for (const system of systems) {
    const file = join(archives, `one-${system}.oci.tar`)
    await packArchive(containerFor(system), builtFile({ system }), host, { file, encoding: 'gzip', tree })
    await change(file)
  }
  const inputs = { archives, image: `${registry.host}/o/{name}`, tags: '1.0', ...given }
  await merge(
    readInputs(MERGE_INPUTS, name => (inputs as Record<string, string>)[name], silentHost),
    host,
  )
  return `${registry.host}/o/one:1.0`
}

interface RebuildOptions extends BuildResult {
  readonly container?: Partial<Container>
  readonly date?: Date
  /** A shell command in place of the source. */
  readonly fetch?: string
  /** More settings of Nix. */
  readonly settings?: object
}

/** Rebuilds the image on a machine whose Nix gives this result. */
function rebuild(
  name: string,
  given: Record<string, string> = {},
  { container, date = DATE, fetch, settings, ...result }: RebuildOptions = {},
): Promise<VerifyResult> {
  const own = containerFor(SYSTEM, container)
  const outputs = { out: builtFile(result) }
  const on = installNix(
    host,
    [own],
    {
      metadata: fetch ?? `echo '{"lastModified":${date.getTime() / 1000}}'`,
      build: `echo ${quoteJson([{ drvPath: own.derivation, outputs }])}`,
      'path-info': `echo ${quoteJson({ [GREETING]: { narHash: 'x', narSize: 1, references: [], deriver: '/nix/store/0-greeting.drv' } })}`,
    },
    [
      `echo "$*" >>${join(folder.path, 'calls')}`,
      `case "$*" in *" config show "*) echo ${quoteJson({ ...NIX_SETTINGS, ...settings })}; exit ;; esac`,
    ],
  )
  const inputs = { rebuild: 'true', emulation: 'off', ...given }
  return verifyImage(
    name,
    readInputs(VERIFY_INPUTS, key => (inputs as Record<string, string>)[key], silentHost),
    on,
  )
}

/** The lines of the text without digests. */
const linesOf = ({ rebuild: found }: VerifyResult): string =>
  found === undefined
    ? ''
    : formatRebuild(found)
        .join('\n')
        .replace(/sha256:[0-9a-f]{64}/g, 'DIGEST')

describe('a rebuild', () => {
  test('with the same result has the same digest', async () => {
    const result = await rebuild(await publish())
    expect(result).toMatchObject({
      isRight: true,
      rebuild: { verdict: 'identical', digest: result.digest, annotations: [], copied: [], recompressed: [] },
    })
    expect(linesOf(result)).toBe(
      `rebuilt from git+https://example.org/o/r?allRefs=1&rev=${SHA}: identical, DIGEST\n` +
        `  ${PLATFORM}  same content  it was in the Nix store of this machine, not built now`,
    )
  })

  test('copies annotations and labels of the inputs, and lists them', async () => {
    const annotations = 'index:a=b\nmanifest:c=d\norg.opencontainers.image.title=Other'
    const result = await rebuild(await publish({ annotations, labels: 'e=f' }))
    expect(result.rebuild).toMatchObject({
      verdict: 'identical',
      copied: [
        'a',
        'org.opencontainers.image.title',
        `c of ${PLATFORM}`,
        `org.opencontainers.image.title of ${PLATFORM}`,
        `label e of ${PLATFORM}`,
      ],
    })
  })

  test.each([
    ['ignores the settings of a flake that the image names', {}, true],
    ['uses the settings of a flake that the user names', { flake: 'git+https://example.org/own' }, false],
  ])('%s', async (_, given, isIgnored) => {
    await rebuild(await publish(), given)
    const calls = readFileSync(join(folder.path, 'calls'), 'utf8').split('\n')
    const users = calls.filter(call => / (eval|build|flake metadata) /.test(call))
    expect(users.length).toBeGreaterThan(2)
    for (const call of users) expect(call.includes(' --option accept-flake-config false ')).toBe(isIgnored)
  })

  test.each([false, 'relaxed'])(
    'does not build a source that only the image names with sandbox = %s',
    async sandbox => {
      const name = await publish()
      await expect(rebuild(name, {}, { settings: { sandbox: { value: sandbox } } })).rejects.toMatchObject({
        message: expect.stringContaining('without its sandbox'),
        hint: expect.stringContaining('--flake'),
      })
      expect(readFileSync(join(folder.path, 'calls'), 'utf8')).not.toMatch(/ (eval|build) /)
      const own = { flake: 'git+https://example.org/own' }
      expect(await rebuild(name, own, { settings: { sandbox: { value: sandbox } } })).toMatchObject({
        isRight: true,
      })
    },
  )

  test('of one of two platforms keeps the other one', async () => {
    const name = await publish({}, { systems: [SYSTEM, OTHER] })
    const result = await rebuild(name, { platform: PLATFORM })
    expect(result.rebuild).toMatchObject({ verdict: 'identical', platforms: [{ platform: PLATFORM }] })
  })

  test('names the store path that differs, with its derivation', async () => {
    const result = await rebuild(await publish(), {}, { greeting: 'Howdy' })
    expect(result).toMatchObject({
      isRight: false,
      rebuild: {
        verdict: 'different',
        platforms: [
          {
            platform: PLATFORM,
            isSame: false,
            layers: [2],
            paths: [
              {
                path: GREETING,
                kind: 'different content',
                file: `${GREETING}/text`,
                derivation: '/nix/store/0-greeting.drv',
              },
            ],
          },
        ],
      },
    })
    expect(linesOf(result)).toContain(
      `    different content: ${GREETING}, first in ${GREETING}/text, made by /nix/store/0-greeting.drv`,
    )
  })

  test('with another config is different', async () => {
    const result = await rebuild(await publish(), {}, { cmd: '/bin/sh' })
    expect(result.rebuild).toMatchObject({
      verdict: 'different',
      platforms: [{ isConfigChanged: true, paths: [] }],
    })
    expect(linesOf(result)).toContain('the config differs, and the layers do not')
  })

  test('from another derivation with the same result has the same content', async () => {
    const derivation = `/nix/store/${'1'.repeat(32)}-one.drv`
    const result = await rebuild(await publish(), {}, { container: { derivation } })
    expect(result).toMatchObject({ isRight: true, rebuild: { verdict: 'same content' } })
    expect(result.rebuild?.annotations.join(' ')).toContain(`derivation of ${PLATFORM}`)
    expect(linesOf(result)).toContain(`but the source gives ${derivation}`)
  })

  test('of a commit with another date has other annotations', async () => {
    const result = await rebuild(await publish(), {}, { date: new Date('2027-01-01T00:00:00Z') })
    expect(result.rebuild).toMatchObject({
      verdict: 'same content',
      annotations: expect.arrayContaining([CREATED]),
    })
  })
})

describe('layers with other bytes', () => {
  /** Compresses the first layer again, as another version of this program may have. */
  async function recompress(file: string, isRecorded: boolean): Promise<void> {
    const archived = await openArchive(file)
    if (archived === undefined) throw new Error('it is an index')
    const { image } = archived
    const chunks: Buffer[] = []
    for await (const chunk of (image.layers[0] as Blob).open()) chunks.push(chunk as Buffer)
    const bytes = gzipSync(gunzipSync(Buffer.concat(chunks)), { level: 1 })
    const layers = [
      createBlob(bytes, { mediaType: image.layers[0]?.mediaType ?? '' }),
      ...image.layers.slice(1),
    ]
    const recipe = isRecorded ? addReused(archived.recipe, image.layers, layers) : archived.recipe
    const remade = makeImage({
      platform: image.platform,
      config: archived.config,
      layers,
      annotations: archived.annotations,
    })
    await writeImageArchive({ ...archived, image: remade, recipe }, `${file}.new`, host)
    renameSync(`${file}.new`, file)
  }

  test('that were reused are copied from the image', async () => {
    const result = await rebuild(await publish({}, { change: file => recompress(file, true) }), {
      strict: 'true',
    })
    expect(result).toMatchObject({ isRight: true, rebuild: { verdict: 'identical' } })
    expect(linesOf(result)).toContain('1 layer reused from earlier images: the bytes are from the image')
  })

  test('that were not recorded have the same content', async () => {
    const name = await publish({}, { change: file => recompress(file, false) })
    const result = await rebuild(name)
    expect(result).toMatchObject({
      isRight: true,
      rebuild: { verdict: 'same content', recompressed: [{ layer: 1 }] },
    })
    expect(linesOf(result)).toContain('other compression: 1 layer, packed by version')
    expect(await rebuild(name, { strict: 'true' })).toMatchObject({ isRight: false })
  })
})

describe('an image that is wrong', () => {
  test('is not built again if its config is missing', async () => {
    const name = await publish()
    const { blobs, manifests } = registry.store.repository('o/one')
    const manifest = [...manifests.values()].find(({ bytes }) => bytes.includes('"config"'))
    blobs.delete(JSON.parse(manifest?.bytes.toString() ?? '').config.digest)
    const result = await rebuild(name, {}, { fetch: 'exit 1' })
    expect(result).toMatchObject({ isRight: false, findings: [{ platform: PLATFORM }] })
    expect(result.notChecked.at(-1)).toContain('parts of the image cannot be read')
  })

  test('shows its problems, also if its source cannot be fetched', async () => {
    const name = await publish({}, { change: async () => {} })
    const { manifests, tags } = registry.store.repository('o/one')
    const digest = tags.get('1.0') as Digest
    const index = manifests.get(digest)?.bytes.toString() ?? ''
    const bytes = Buffer.from(index.replace(/"(io\.github\.[^"]*proof)":"v1:sha256:./, '"$1":"v1:sha256:x'))
    manifests.set(digestOf(bytes), { bytes, mediaType: OCI_INDEX })
    tags.set('1.0', digestOf(bytes))
    await expect(rebuild(name, {}, { fetch: 'exit 1' })).rejects.toThrow('cannot be fetched')
    expect(host.logged.join('\n')).toContain('the record of unpacked layers is about other images')
  })
})

describe('an image that cannot be rebuilt', () => {
  test('was built with uncommitted changes', async () => {
    const name = await publish({}, { tree: { ...TREE, isClean: false } as WorkTree })
    await expect(rebuild(name)).rejects.toMatchObject({
      message: `${name} does not record the commit that it was built from, so it cannot be rebuilt`,
      hint: expect.stringContaining('uncommitted changes'),
    })
  })

  test('has a source that cannot be fetched', async () => {
    const refused = 'echo "error: unable to access \'https://example.org/o/r/\': 403" >&2; exit 1'
    await expect(rebuild(await publish(), {}, { fetch: refused })).rejects.toMatchObject({
      message: expect.stringContaining(
        'The source of the image cannot be fetched from git+https://example.org/o/r',
      ),
      hint: expect.stringContaining('If the repository is private'),
    })
  })

  test('is not the reason for a wrong flag', async () => {
    await expect(rebuild('x', { rebuild: '', strict: 'true' })).rejects.toMatchObject({ name: 'UsageError' })
  })
})

describe('the source of a rebuild', () => {
  const annotations = { [REVISION]: SHA, [SOURCE]: 'https://example.org/o/r' }
  const find = (flake?: string, parameters?: string) =>
    findSource({ name: 'x', annotations, flake, parameters }).flake

  test.each([
    [undefined, undefined, `git+https://example.org/o/r?allRefs=1&rev=${SHA}`],
    [
      undefined,
      'dir=a/b&submodules=1',
      `git+https://example.org/o/r?allRefs=1&dir=a/b&submodules=1&rev=${SHA}`,
    ],
    [undefined, 'url=https://evil.example', `git+https://example.org/o/r?allRefs=1&rev=${SHA}`],
    ['/src/a b', undefined, `git+file:///src/a%20b?rev=${SHA}`],
    ['github:o/r', 'dir=a', `github:o/r?dir=a&rev=${SHA}`],
    ['git+ssh://git@h/r?dir=b', 'dir=a', `git+ssh://git@h/r?allRefs=1&dir=b&rev=${SHA}`],
  ])('%j with %j', (flake, parameters, expected) => {
    expect(find(flake, parameters)).toBe(expected)
  })

  test.each(['file:///etc', 'javascript:1', undefined])('is not fetched from %j', source => {
    const request = { name: 'x', flake: undefined, parameters: undefined }
    const found = { [REVISION]: SHA, ...(source !== undefined && { [SOURCE]: source }) }
    expect(() => findSource({ ...request, annotations: found })).toThrow('its source cannot be fetched')
  })

  test('that Git would read as an SSH server is a URL', () => {
    const annotations = { [REVISION]: SHA, [SOURCE]: 'https:/example.org/o/r' }
    expect(findSource({ name: 'x', annotations, flake: undefined, parameters: undefined }).flake).toMatch(
      /^git\+https:\/\/example\.org\/o\/r\?/,
    )
  })
})

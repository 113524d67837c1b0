import { generateKeyPairSync } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { build } from '../../src/command/build/build.js'
import { merge } from '../../src/command/merge/merge.js'
import { plan } from '../../src/command/plan/plan.js'
import { publish } from '../../src/command/publish.js'
import { publishResult } from '../../src/command/publish-result.js'
import { runCommand } from '../../src/entry/commands.js'
import type { Artifacts } from '../../src/host/host.js'
import { openLayout } from '../../src/image/layout.js'
import { BUILD_INPUTS, MERGE_INPUTS, PLAN_INPUTS, PUBLISH_INPUTS } from '../../src/input/input-table.js'
import { readInputs } from '../../src/input/read-inputs.js'
import { detectSystem } from '../../src/nix/detect-system.js'
import { type Digest, digestOf } from '../../src/oci/digest.js'
import { parseManifest } from '../../src/oci/image.js'
import { parseIndex } from '../../src/oci/image-index.js'
import { archiveOf, containerOf } from '../support/archives.js'
import { dockerArchive } from '../support/docker-archive.js'
import { silentHost, type TestHost, testHost } from '../support/host.js'
import {
  elfProgram,
  imageOf,
  layerOf,
  randomImage,
  seeded,
  type TestImage,
  tarOf,
} from '../support/images.js'
import { LayoutBuilder } from '../support/layout.js'
import { installNix, printBuilt, quoteJson } from '../support/nix-program.js'
import { startRegistry, type TestRegistry } from '../support/registry.js'

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

/** Installs a program `nix` with two containers. It records whether it builds, and fails then. */
function installTwo(): TestHost {
  const containers = ['one', 'two'].map(name => containerOf(name, detectSystem()))
  return installNix(host, containers, { build: `echo >${host.temp}/was-built; false` })
}

const run = (inputs: Record<string, string>) =>
  publish(
    readInputs(PUBLISH_INPUTS, name => ({ flake: 'github:a/b', ...inputs })[name], silentHost),
    installTwo(),
  )
const wasBuilt = () => existsSync(join(host.temp, 'was-built'))

/** The address of a port that nothing listens on. */
async function closedAddress(): Promise<string> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  return `127.0.0.1:${port}`
}

test('without a mistake, the containers are built', async () => {
  await expect(run({ image: `${registry.host}/o/{name}` })).rejects.toThrow('could not be built')
  expect(wasBuilt()).toBe(true)
})

const VERBS = {
  publish: (flake: string, on: TestHost) =>
    publish(
      readInputs(PUBLISH_INPUTS, name => ({ flake, archive: '{name}.tar' })[name], silentHost),
      on,
    ),
  build: (flake: string, on: TestHost) =>
    build(
      readInputs(BUILD_INPUTS, name => ({ flake, output: host.temp })[name], silentHost),
      on,
    ),
  plan: (flake: string, on: TestHost) =>
    plan(
      readInputs(PLAN_INPUTS, name => ({ flake, image: '' })[name], silentHost),
      on,
    ),
}

describe.each(Object.entries(VERBS))('%s', (_, verb) => {
  test.each(['./missing', '.', 'github:a/b', 'path:%'])(
    'of the flake %s, which Nix refuses, warns about nothing before the error',
    async flake => {
      const on = installTwo()
      const script = readFileSync(join(host.temp, 'nix'), 'utf8')
      const refuse = script.replace(/^(\*" eval "\*\)) .*$/m, '$1 echo "error: no such flake" >&2; exit 1 ;;')
      expect(refuse).not.toBe(script)
      writeFileSync(join(host.temp, 'nix'), refuse)
      await expect(verb(flake, on)).rejects.toThrow()
      expect(host.logged.filter(line => line.startsWith('warning'))).toEqual([])
    },
  )

  test('of a flake that is not local warns about the tags', async () => {
    await verb('github:a/b', installTwo()).catch(() => {})
    const warnings = host.logged.filter(line => line.startsWith('warning: The flake is not a local path'))
    expect(warnings).toHaveLength(1)
  })
})

describe('is refused before anything is built', () => {
  test('one repository for two containers', async () => {
    await expect(run({ image: `${registry.host}/o/all` })).rejects.toThrow('have the same destination')
    expect(wasBuilt()).toBe(false)
  })

  test('a tag of another repository', async () => {
    const tags = `${registry.host}/other/name:1`
    await expect(run({ image: `${registry.host}/o/{name}`, tags })).rejects.toThrow(
      'which is not a destination',
    )
    expect(wasBuilt()).toBe(false)
  })

  test('an archive in the place of a folder, or under a file', async () => {
    mkdirSync(join(host.temp, 'one.tar'))
    await expect(run({ archive: join(host.temp, '{name}.tar') })).rejects.toThrow(/one\.tar is a folder/)
    writeFileSync(join(host.temp, 'file'), '')
    await expect(run({ archive: join(host.temp, 'file/{name}.tar') })).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringContaining('one.tar could not be written'),
      hint: 'A part of the path is a file. Choose another folder.',
    })
    expect(wasBuilt()).toBe(false)
  })

  test('an output folder that is a file, or under a file', async () => {
    const file = join(host.temp, 'file')
    writeFileSync(file, 'kept')
    for (const output of [file, join(file, 'deeper')]) {
      await expect(run({ archive: join(host.temp, '{name}.tar'), output })).rejects.toMatchObject({
        name: 'UserError',
        message: `Archives cannot be written to the folder ${output}: it is a file, or under a file. Nothing was built`,
      })
      const inputs = readInputs(BUILD_INPUTS, name => ({ flake: 'github:a/b', output })[name], silentHost)
      await expect(build(inputs, installTwo())).rejects.toThrow('it is a file, or under a file')
    }
    expect(wasBuilt()).toBe(false)
    expect(readFileSync(file, 'utf8')).toBe('kept')
  })

  test('a compression level that does not exist', async () => {
    const inputs = { archive: join(host.temp, '{name}.tar'), 'compression-level': '40' }
    await expect(run(inputs)).rejects.toThrow(/level/)
    expect(wasBuilt()).toBe(false)
  })

  test('an address where nothing answers, within seconds', async () => {
    const began = Date.now()
    const address = await closedAddress()
    await expect(run({ image: `${address}/o/{name}` })).rejects.toThrow(address)
    expect(Date.now() - began).toBeLessThan(10_000)
    expect(wasBuilt()).toBe(false)
  })

  test('a server that answers 200 to everything', async () => {
    const server = createServer((_, response) => response.end('<html>Log in</html>'))
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`
    await expect(run({ image: `${address}/o/{name}` })).rejects.toThrow(
      `${address} is not a container registry`,
    )
    server.closeAllConnections()
    server.close()
    expect(wasBuilt()).toBe(false)
  })

  test('a registry that needs a login, without credentials', async () => {
    const closed = await startRegistry({ auth: { kind: 'basic', username: 'me', password: 'secret' } })
    try {
      await expect(run({ image: `${closed.host}/o/{name}`, push: 'true' })).rejects.toMatchObject({
        message: `${closed.host} needs a login, but there are no credentials for it. Nothing was built`,
        hint: expect.stringContaining(`docker login ${closed.host}`),
      })
      expect(wasBuilt()).toBe(false)
    } finally {
      await closed.close()
    }
  })

  const login = { username: 'me', password: 'secret' }
  test.each([
    ['basic', { kind: 'basic', ...login }],
    ['token', { kind: 'token', ...login }],
  ] as const)('a password that the registry rejects, once for all containers: %s', async (_, auth) => {
    const closed = await startRegistry({ auth })
    try {
      const inputs = { image: `${closed.host}/o/{name}`, push: 'true', username: 'me' }
      const failure = await run({ ...inputs, password: 'wrong' }).catch(error => error)
      expect(failure).toMatchObject({
        name: 'UserError',
        message: expect.stringMatching(/^127\.0\.0\.1:\d+ rejects the credentials of me \(/),
        hint: expect.stringContaining('To build without a push'),
      })
      expect(failure.message).toMatch(/Nothing was built$/)
      expect(failure.message.match(/rejects/g)).toHaveLength(1)
      expect(wasBuilt()).toBe(false)
      await expect(run({ ...inputs, password: 'secret' })).rejects.toThrow('could not be built')
      expect(wasBuilt()).toBe(true)
    } finally {
      await closed.close()
    }
  })

  test('logins of two registries, in one message', async () => {
    const both = await Promise.all(
      ['a', 'b'].map(password => startRegistry({ auth: { kind: 'basic', username: 'me', password } })),
    )
    try {
      const image = both.map(({ host: name }) => `${name}/o/{name}`).join('\n')
      const failure = await run({ image, push: 'true' }).catch(error => error)
      for (const { host: name } of both) expect(failure.message).toContain(`${name} needs a login`)
      expect(wasBuilt()).toBe(false)
    } finally {
      await Promise.all(both.map(each => each.close()))
    }
  })

  test('what it asks the registries is shown if they are slow', async () => {
    const closed = await startRegistry({ auth: { kind: 'basic', username: 'me', password: 'secret' } })
    const names = [registry.host, closed.host]
    try {
      const image = names.map(name => `${name}/o/{name}`).join('\n')
      await expect(run({ image, push: 'true' })).rejects.toThrow('needs a login')
    } finally {
      await closed.close()
    }
    for (const activity of ['connecting', 'checking the login']) {
      const title = names.join(', ')
      expect(host.shown.filter(each => each.activity === activity)).toEqual(
        [0, 1, 2].map(done => ({ title, activity, amount: `${done} of 2`, delayMs: 2000 })),
      )
    }
  })

  test('a temporary failure is not: the push tries again', async () => {
    registry.fault({
      method: 'HEAD',
      path: /manifests\/latest/,
      times: 2,
      action: { kind: 'status', status: 500 },
    })
    await expect(run({ image: `${registry.host}/o/{name}`, push: 'true' })).rejects.toThrow(
      'could not be built',
    )
    expect(wasBuilt()).toBe(true)
  })
})

describe('an image that Nix built earlier', () => {
  const image = randomImage(seeded(9), { layers: 2 })
  const writeResult = (names: string[] | null = ['ghcr.io/Acme/hello:1.2.3']): string => {
    const path = join(host.temp, 'result.tar')
    writeFileSync(path, dockerArchive(image, { names }))
    return path
  }
  const publishFile = (path: string, inputs: Record<string, string> = {}) =>
    publishResult(
      path,
      readInputs(
        PUBLISH_INPUTS,
        name => ({ image: `${registry.host}/o/{image}`, ...inputs })[name],
        silentHost,
      ),
      host,
    )
  /** The manifest of the only image of a tag. */
  const manifestOf = (repository: string, tag: string) => {
    const { manifests } = registry.repository(repository)
    const bytesOf = (digest?: Digest) => manifests.get(digest as Digest)?.bytes as Buffer
    const [descriptor] = parseIndex(bytesOf(registry.tag(repository, tag))).manifests
    return parseManifest(bytesOf(descriptor?.digest))
  }
  const tagsOf = (repository = 'o/hello') => [...registry.repository(repository).tags.keys()].sort()

  test('gets its name from the image, and only the tag of its exact version', async () => {
    const [merged] = await publishFile(writeResult())
    expect(merged?.pushed).toMatchObject([{ tags: [`${registry.host}/o/hello:1.2.3`] }])
    expect(tagsOf()).toEqual(['1.2.3'])
  })

  test('does not replace another image of its version', async () => {
    await publishFile(writeResult())
    const other = join(host.temp, 'other')
    writeFileSync(other, dockerArchive(randomImage(seeded(10)), { names: ['hello:1.2.3'] }))
    const before = registry.tag('o/hello', '1.2.3')
    await expect(publishFile(other)).rejects.toThrow('1.2.3 already points to')
    expect(registry.tag('o/hello', '1.2.3')).toBe(before)
  })

  test('replaces a tag with several platforms only with overwrite', async () => {
    const folder = join(host.temp, 'archives')
    const archives = (['x86_64-linux', 'aarch64-linux'] as const).map(system =>
      archiveOf(folder, containerOf('hello', system)),
    )
    await Promise.all(archives)
    const given: Record<string, string> = {
      archives: folder,
      image: `${registry.host}/o/hello`,
      tags: 'edge',
    }
    await merge(
      readInputs(MERGE_INPUTS, name => given[name], silentHost),
      host,
    )
    const both = registry.tag('o/hello', 'edge')
    await expect(publishFile(writeResult(), { tags: 'edge' })).rejects.toThrow(
      'it points to an image for 2 platforms, and this image is for one',
    )
    expect(registry.tag('o/hello', 'edge')).toBe(both)
    await publishFile(writeResult(), { tags: 'edge', overwrite: 'true' })
    expect(registry.tag('o/hello', 'edge')).not.toBe(both)
  })

  test('without a version needs tags', async () => {
    await expect(publishFile(writeResult(['hello:latest']))).rejects.toMatchObject({
      message: expect.stringContaining('has no version, so no tag can be chosen'),
      hint: expect.stringContaining('--tags'),
    })
    await publishFile(writeResult(['hello:latest']), { tags: 'latest' })
    expect(tagsOf()).toEqual(['latest'])
  })

  test('without a name needs a repository without placeholders', async () => {
    await expect(publishFile(writeResult(null))).rejects.toMatchObject({
      message: expect.stringContaining('does not contain the name of an image'),
      hint: expect.stringContaining('without {image} and {name}'),
    })
    await publishFile(writeResult(null), { image: `${registry.host}/o/mine`, tags: '2.0.0' })
    expect(tagsOf('o/mine')).toEqual(['2.0.0'])
  })

  test.each([
    [`${'0'.repeat(32)}-image-hello.json.tar`, 'hello'],
    ['web.tar.gz', 'web'],
  ])('without a name that is only written to an archive is named after its file: %s', async (file, name) => {
    const path = join(host.temp, file)
    renameSync(writeResult(null), path)
    const archive = join(host.temp, 'out.oci.tar')
    await publishFile(path, { image: '', archive })
    const { manifests } = (await openLayout(archive)).index
    expect(manifests[0]?.annotations?.['io.containerd.image.name']).toBe(`docker.io/library/${name}:latest`)
  })

  test('of an OCI layout keeps the annotations of its manifest and its layers, also when it is published again', async () => {
    const builder = new LayoutBuilder()
    const about = {
      'org.example.base': 'debian',
      'org.opencontainers.image.title': 'replaced',
      'io.github.someone.nix-multiarch.container': 'dropped',
    }
    const named = { annotations: { 'org.opencontainers.image.ref.name': 'hello:1.2.3' } }
    const ofLayers = [
      {
        'org.example.layer': 'x',
        'containerd.io/snapshot/stargz/toc.digest': digestOf(Buffer.from('a toc')),
      },
      { 'io.containers.estargz.uncompressed-size': '4' },
    ]
    const tars = image.layers.map(({ tar }, n) => gzipSync(tar, { level: n + 1 }))
    const annotated = ofLayers.map(annotations => ({ annotations }))
    const encode = (_: Buffer, n: number): Buffer => tars[n] as Buffer
    const top = builder.image(image, named, encode, annotated, { annotations: about })
    const sbom = builder.artifact({ artifactType: 'application/spdx+json', subject: top })
    const path = join(host.temp, 'layout.tar')
    writeFileSync(path, tarOf(builder.members([top, sbom])))
    await publishFile(path)
    const kept = {
      'org.example.base': 'debian',
      'org.opencontainers.image.title': 'hello',
      'org.opencontainers.image.version': '1.2.3',
    }
    const published = manifestOf('o/hello', '1.2.3')
    expect(published.annotations).toEqual(kept)
    const layersOf = ({ layers }: typeof published) => layers.map(each => [each.digest, each.annotations])
    expect(layersOf(published)).toEqual(ofLayers.map((each, n) => [digestOf(tars[n] as Buffer), each]))
    const before = registry.tag('o/hello', '1.2.3')
    await publishFile(path)
    expect(registry.tag('o/hello', '1.2.3')).toBe(before)
    // The archive that this run writes is a docker-archive and an OCI archive.
    const archive = join(host.temp, 'again.oci.tar')
    await publishFile(path, { archive, tags: 'more', annotations: 'manifest:org.example.more=y' })
    await publishFile(archive, { image: `${registry.host}/o/again`, tags: '1.2.3' })
    const again = manifestOf('o/again', '1.2.3')
    expect(again.annotations).toMatchObject({ ...kept, 'org.example.more': 'y' })
    expect(layersOf(again)).toEqual(layersOf(published))
  })

  const programImage = (architecture: string): TestImage => {
    const tar = tarOf([{ name: 'bin/hello', body: elfProgram(), mode: 0o755 }])
    return imageOf([layerOf(tar)], architecture, { Cmd: ['/bin/hello'] })
  }

  test.each([
    ['amd64', undefined],
    ['arm64', '/result.tar is for arm64, but contains 1 program for amd64 and none for arm64'],
  ])('with a program for amd64, and a config for %s', async (architecture, problem) => {
    const path = join(host.temp, 'result.tar')
    writeFileSync(path, dockerArchive(programImage(architecture), { names: ['hello:1.2.3'] }))
    const published = publishFile(path).then(
      () => undefined,
      (error: Error) => error.message,
    )
    expect(await published).toEqual(problem && expect.stringContaining(problem))
    expect(tagsOf()).toEqual(problem ? [] : ['1.2.3'])
  })

  test.each([
    [127, 0],
    [128, 1],
  ])('with %d layers: %d warnings', async (count, warnings) => {
    const layer = layerOf(tarOf([{ name: 'x', body: Buffer.alloc(10) }]))
    const path = join(host.temp, 'result.tar')
    const many = imageOf(Array.from({ length: count }, () => layer))
    writeFileSync(path, dockerArchive(many, { names: ['hello:1.2.3'] }))
    await publishFile(path)
    expect(host.logged.filter(line => line.includes('up to 127'))).toHaveLength(warnings)
  })

  test('is not packed if its name, its version or the login is wrong', async () => {
    const layer = { ...layerOf(tarOf([{ name: 'x' }])), diffId: digestOf(Buffer.from('other')) }
    const path = join(host.temp, 'result.tar')
    const damaged = (names: string[] | null) => {
      writeFileSync(path, dockerArchive(imageOf([layer]), { names }))
      return path
    }
    await expect(publishFile(damaged(['hello:1.2.3']))).rejects.toThrow('should have the diff_id')
    await expect(publishFile(damaged(null))).rejects.toThrow('does not contain the name of an image')
    await expect(publishFile(damaged(['hello:latest']))).rejects.toThrow('has no version')
    const closed = await startRegistry({ auth: { kind: 'basic', username: 'me', password: 'secret' } })
    try {
      for (const image of [`${closed.host}/o/{name}`, `${closed.host}/o/fixed`])
        await expect(publishFile(damaged(['hello:1.2.3']), { image })).rejects.toThrow('needs a login')
    } finally {
      await closed.close()
    }
  })

  test('is written to an archive', async () => {
    const archive = join(host.temp, 'out.oci.tar')
    const given: Record<string, string> = { archive }
    await publishResult(
      writeResult(),
      readInputs(PUBLISH_INPUTS, name => given[name], silentHost),
      host,
    )
    expect(existsSync(archive)).toBe(true)
  })

  test('is a file: the name of a container or a reference is an error with the way', async () => {
    await expect(publishFile('hello')).rejects.toMatchObject({
      message: 'The file hello does not exist',
      hint: expect.stringContaining('.#hello'),
    })
    await expect(publishFile('docker://ghcr.io/me/fd')).rejects.toThrow('is not a file or a folder')
    await expect(publishFile('./result-not')).rejects.toThrow('The file ./result-not does not exist')
  })
})

test.each(['flake', 'systems', 'containers', 'attribute', 'output'])(
  'the flag --%s is refused with the result of a build',
  async flag => {
    const source = (name: string) => (name === flag ? 'x' : undefined)
    const request = { kind: 'run', command: 'publish', source, operands: ['./result'] } as const
    const run = runCommand(
      { ...request, typedFlags: new Map(), verbosity: 'normal' },
      { host, readPassword: async () => '' },
    )
    await expect(run).rejects.toMatchObject({
      message: `\`--${flag}\` is for building a flake, but ./result is built already`,
    })
  },
)

describe('a publish that cannot sign', () => {
  test.each([
    [{ attest: 'true' }, /only with a key, and `NIX_MULTIARCH_SIGNING_KEY` is not set/],
    [{ attest: 'key' }, /needs `NIX_MULTIARCH_SIGNING_KEY`, which is not set/],
    [{ 'signing-key': 'x' }, /`NIX_MULTIARCH_SIGNING_KEY` is set, but `--attest` is not/],
  ])('fails before anything is built: %j', async (given, message) => {
    await expect(run({ image: `${registry.host}/o/{name}`, ...given })).rejects.toThrow(message)
    expect(wasBuilt()).toBe(false)
  })

  test('builds if nothing is pushed, because only pushed images are signed', async () => {
    await expect(run({ archive: '{name}.tar', attest: 'true' })).rejects.toThrow('could not be built')
    expect(host.logged.join('\n')).toContain('nothing is signed, because this run does not push')
  })
})

test('a publish with a key says that its provenance claims no isolation', async () => {
  const { privateKey } = generateKeyPairSync('ed25519')
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const given = { image: `${registry.host}/o/{name}`, attest: 'key', 'signing-key': key }
  await expect(run(given)).rejects.toThrow('could not be built')
  expect(host.logged.filter(line => line.includes('SLSA Build Level 1'))).toHaveLength(1)
})

test.each([{}, { output: 'out' }])(
  'the provenance of a publish with a key has the inputs of the flake, and no workflow: %j',
  async more => {
    const { privateKey } = generateKeyPairSync('ed25519')
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    const container = containerOf('one', detectSystem())
    const locked = { type: 'github', owner: 'a', repo: 'b', rev: 'a'.repeat(40) }
    const input = { locked: { type: 'github', owner: 'NixOS', repo: 'nixpkgs', rev: 'b'.repeat(40) } }
    const metadata = {
      locked,
      locks: { nodes: { root: { inputs: { nixpkgs: 'n' } }, n: input }, root: 'root' },
    }
    writeFileSync(join(host.temp, 'nix-store'), '#!/bin/sh\n', { mode: 0o755 })
    const on = installNix(host, [container], {
      'flake metadata': `echo ${quoteJson(metadata)}`,
      build: printBuilt(host, container),
    })
    const given: Record<string, string> = {
      flake: 'github:a/b',
      image: `${registry.host}/o/{name}`,
      attest: 'key',
      'signing-key': key,
      ...('output' in more && { output: join(host.temp, 'out') }),
    }
    await publish(
      readInputs(PUBLISH_INPUTS, name => given[name], silentHost),
      on,
    )
    const bundles = [...registry.blobs.values()].filter(bytes => String(bytes).includes('dsseEnvelope'))
    const statements = bundles.map(bytes =>
      JSON.parse(Buffer.from(JSON.parse(String(bytes)).dsseEnvelope.payload, 'base64').toString()),
    )
    const provenance = statements.find(({ predicateType }) => predicateType.startsWith('https://slsa.dev/'))
    const { buildDefinition, runDetails } = provenance.predicate
    expect(buildDefinition.resolvedDependencies).toMatchObject([
      { name: 'source', uri: `github:a/b/${'a'.repeat(40)}`, digest: { gitCommit: 'a'.repeat(40) } },
      { name: 'input:nixpkgs', digest: { gitCommit: 'b'.repeat(40) } },
    ])
    expect(buildDefinition.externalParameters).not.toHaveProperty('workflow')
    expect(buildDefinition.internalParameters.isolation.level).toBe('none')
    expect(buildDefinition.internalParameters.platforms).toMatchObject([
      { build: 'this run', statedByBuild: { nix: '2.34.8', derivation: container.derivation } },
    ])
    expect(runDetails).not.toHaveProperty('metadata')
  },
)

test('a merge that cannot sign fails before it downloads archives', async () => {
  host.remove()
  const list = () => Promise.reject(new Error('archives were listed'))
  const artifacts = { list, upload: list, download: list } as unknown as Artifacts
  host = testHost({ kind: 'github', env: { GITHUB_SERVER_URL: 'https://github.com' }, artifacts })
  const given: Record<string, string> = { image: `${registry.host}/o/{name}`, attest: 'key', push: 'true' }
  const inputs = readInputs(MERGE_INPUTS, name => given[name], silentHost)
  await expect(merge(inputs, host)).rejects.toThrow(/`attest: key` needs `signing-key`/)
})

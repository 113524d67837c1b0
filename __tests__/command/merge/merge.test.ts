import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { inspect } from '../../../src/command/inspect/inspect.js'
import { type MergeRequest, merge } from '../../../src/command/merge/merge.js'
import { packForInspection } from '../../../src/command/pack-result.js'
import type { WorkTree } from '../../../src/command/shared/work-tree.js'
import { openLayout } from '../../../src/image/layout.js'
import { INSPECT_INPUTS, MERGE_INPUTS } from '../../../src/input/input-table.js'
import { readInputs } from '../../../src/input/read-inputs.js'
import { CONTAINER, IMAGE_NAME } from '../../../src/oci/annotation-keys.js'
import type { System } from '../../../src/oci/platform.js'
import { UsageError, UserError } from '../../../src/util/error.js'
import { archiveOf, containerOf } from '../../support/archives.js'
import { folderArtifacts, silentHost, type TestHost, testHost } from '../../support/host.js'
import { startRegistry, type TestRegistry } from '../../support/registry.js'

const BOTH: readonly System[] = ['x86_64-linux', 'aarch64-linux']

let folder: string
let host: TestHost
let registry: TestRegistry
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'merge-'))
  host = testHost()
  registry = await startRegistry()
})
afterEach(async () => {
  rmSync(folder, { recursive: true })
  host.remove()
  await registry.close()
})

const inputs = (overrides: Record<string, string>): MergeRequest =>
  readInputs(MERGE_INPUTS, name => ({ archives: folder, ...overrides })[name], silentHost)
const fill = (name: string, systems = BOTH) =>
  Promise.all(
    systems.map(system => archiveOf(folder, containerOf(name, system), testHost(), { kind: 'no-git' })),
  )
const place = (path: string): string => `${registry.host}/${path}`

test('joins each container and pushes it; all tags point to one digest', async () => {
  await fill('one')
  await fill('two')
  const merged = await merge(inputs({ image: place('Owner/{image}'), tags: '1.0 latest' }), host)
  expect(merged.map(({ container }) => container)).toEqual(['one', 'two'])
  for (const { container, digest, platforms } of merged) {
    expect(platforms.map(({ platform }) => platform)).toEqual(['linux/amd64', 'linux/arm64'])
    expect(registry.tag(`owner/${container}`, 'latest')).toBe(digest)
    expect(registry.tag(`owner/${container}`, '1.0')).toBe(digest)
    expect(registry.missing(`owner/${container}`, digest)).toEqual([])
  }
  expect(host.outputs.get('tags')?.split('\n')).toHaveLength(4)
  expect(host.outputs.get('digest')?.split('\n')).toEqual(merged.map(({ digest }) => digest))
})

test('shows the number of containers whose tags were read and set, if the registry is slow', async () => {
  await fill('one')
  await fill('two')
  await merge(inputs({ image: place('o/{image}'), tags: '1.0' }), host)
  for (const activity of ['reading tags', 'setting tags']) {
    expect(host.shown.filter(each => each.activity === activity)).toEqual(
      [0, 1, 2].map(done => ({ title: '2 containers', activity, amount: `${done} of 2`, delayMs: 2000 })),
    )
  }
})

test('shows the name of the container whose tags are set, if the registry is slow', async () => {
  await fill('one')
  await merge(inputs({ image: place('o/{image}'), tags: '1.0' }), host)
  expect(host.shown.findLast(each => each.activity === 'setting tags')).toEqual({
    title: 'one',
    activity: 'setting tags',
    amount: undefined,
    delayMs: 2000,
  })
})

test('the output `images` has each container under its name', async () => {
  await fill('one')
  await fill('two')
  const images = [place('a/{name}'), place('b/{name}')]
  const archive = join(folder, 'out', '{name}.tar')
  const merged = await merge(inputs({ image: images.join('\n'), tags: '1.0 latest', archive }), host)
  const output = JSON.parse(host.outputs.get('images') ?? '')
  expect(Object.keys(output)).toEqual(['one', 'two'])
  const [, two] = merged
  const repositories = [place('a/two'), place('b/two')]
  expect(output.two).toEqual({
    digest: two?.digest,
    tags: repositories.flatMap(repository => [`${repository}:1.0`, `${repository}:latest`]),
    platforms: ['linux/amd64', 'linux/arm64'],
    repositories,
    images: repositories.map(repository => `${repository}@${two?.digest}`),
    archive: join(folder, 'out', 'two.tar'),
  })
})

test('in the output `images`, an image that is not pushed has no repositories', async () => {
  await fill('one')
  const archive = join(folder, 'out', '{name}.tar')
  const [one] = await merge(inputs({ archive }), host)
  expect(JSON.parse(host.outputs.get('images') ?? '').one).toMatchObject({
    digest: one?.digest,
    tags: [],
    repositories: [],
    images: [],
  })
})

test('uploads a shared layer once, and nothing for an unchanged image', async () => {
  await fill('one')
  const request = inputs({ image: place('o/one') })
  const [first] = await merge(request, host)
  expect(first?.pushed[0]?.blobs).toEqual({ uploaded: 5, mounted: 0, existed: 0 })
  const [second] = await merge(request, host)
  expect(second?.pushed[0]?.blobs).toEqual({ uploaded: 0, mounted: 0, existed: 5 })
})

test('writes an archive with one index that inspect reads and that does not depend on the order of inputs', async () => {
  await fill('one')
  const file = join(folder, 'out', '{name}.tar')
  const [merged] = await merge(inputs({ archive: file }), host)
  const path = join(folder, 'out', 'one.tar')
  expect(merged?.archive).toBe(path)
  const [tree] = await inspect(
    path,
    readInputs(INSPECT_INPUTS, () => undefined, silentHost),
    host,
    packForInspection,
  )
  expect(tree).toMatchObject({
    digest: merged?.digest,
    annotations: {
      'org.opencontainers.image.version': '1.0',
      'org.opencontainers.image.description': 'The container one',
    },
  })
  const before = readFileSync(path)
  for (const name of readdirSync(folder).filter(name => name.endsWith('.oci.tar'))) {
    copyFileSync(join(folder, name), join(folder, 'out', `${name.includes('x86') ? 'z' : 'a'}.oci.tar`))
  }
  await merge({ ...inputs({ archive: file }), archives: join(folder, 'out') }, host)
  expect(readFileSync(path).equals(before)).toBe(true)
})

test('on GitHub, merges the artifacts of the run and annotates the index with the commit', async () => {
  const sha = 'a'.repeat(40)
  const tree = { kind: 'commit', sha, isClean: true, tags: [] } as const
  const files = await Promise.all(
    BOTH.map(system => archiveOf(folder, containerOf('one', system), testHost(), tree)),
  )
  const github = testHost({
    kind: 'github',
    env: {
      GITHUB_REPOSITORY_OWNER: 'Owner',
      GITHUB_EVENT_NAME: 'push',
      GITHUB_REF: 'refs/tags/v1.0',
      GITHUB_SHA: sha,
    },
    artifacts: folderArtifacts([...files, '/elsewhere/logs.zip'], copyFileSync),
  })
  const [merged] = await merge(
    { ...inputs({ image: place('{owner}/{image}') }), archives: undefined },
    github,
  )
  expect(merged?.pushed[0]?.tags).toEqual(
    ['1.0', 'latest', 'sha-aaaaaaa'].map(tag => place(`owner/one:${tag}`)),
  )
  const index = registry.repository('owner/one').manifests.get(merged?.digest as never)
  expect(JSON.parse(String(index?.bytes)).annotations).toMatchObject({
    'org.opencontainers.image.revision': sha,
  })
  github.remove()
})

describe('on a runner without an artifact service', () => {
  const SERVER = 'https://git.example.com'
  let runner: TestHost
  beforeEach(() => {
    runner = testHost({ kind: 'github', env: { GITHUB_SERVER_URL: SERVER, RUNNER_TEMP: folder } })
  })
  afterEach(() => runner.remove())

  const archives = (): string => join(folder, 'nix-multiarch', 'archives')
  const request = (more: Record<string, string> = {}): MergeRequest =>
    readInputs(
      MERGE_INPUTS,
      name => ({ image: place('o/{image}'), tags: 'latest', ...more })[name],
      silentHost,
    )
  const about = (): string[] => runner.logged.filter(line => line.includes('artifact service'))
  const fillJob = async (): Promise<void> => {
    mkdirSync(archives(), { recursive: true })
    for (const system of BOTH)
      await archiveOf(archives(), containerOf('one', system), testHost(), { kind: 'no-git' })
  }

  test('merges what the builds of the job have written, and says where it was', async () => {
    await fillJob()
    const [merged] = await merge(request(), runner)
    expect(registry.tag('o/one', 'latest')).toBe(merged?.digest)
    expect(about()).toEqual([
      `info: This runner has no artifact service (GITHUB_SERVER_URL is ${SERVER}, and not https://github.com), so the ` +
        `archives are read from ${archives()}`,
    ])
  })

  test('merges a folder without a word about artifacts', async () => {
    await fill('one')
    const [merged] = await merge(request({ archives: folder }), runner)
    expect(registry.tag('o/one', 'latest')).toBe(merged?.digest)
    expect(about()).toEqual([])
  })

  test('without archives, the error says what is missing and what to set', async () => {
    const error = await merge(request(), runner).catch(thrown => thrown)
    expect(error).toBeInstanceOf(UserError)
    expect(error.message).toBe(
      `This runner has no artifact service (GITHUB_SERVER_URL is ${SERVER}, and not https://github.com), and no build of ` +
        `this job has written archives to ${archives()}`,
    )
    expect(error.hint).toMatch(/^Build and merge in one job\. Or set `output` of the builds and `archives`/)
  })

  test('the archive of a pull request stays in a folder that later steps can read', async () => {
    await fillJob()
    const [merged] = await merge(request({ push: 'false' }), runner)
    expect(merged?.archive).toBe(join(archives(), 'one.multi-arch.oci.tar'))
    expect(readdirSync(archives())).toContain('one.multi-arch.oci.tar')
    expect(runner.outputs.get('archive-paths')).toBe(merged?.archive)
    expect(registry.tag('o/one', 'latest')).toBeUndefined()
    // A second merge does not take it for the archive of a build.
    expect((await merge(request(), runner)).map(({ container }) => container)).toEqual(['one'])
  })

  test('a plan that was not copied to the job is an error without a word about `needs`', async () => {
    const error = await merge(request({ plan: '/elsewhere/plan.json' }), runner).catch(thrown => thrown)
    expect(error.message).toBe('The plan file /elsewhere/plan.json does not exist')
    expect(error.hint).toContain('plan and merge in one job')
    expect(error.hint).not.toContain('needs')
  })
})

describe('the name in a multi-arch archive', () => {
  async function namesOf(tags: string, imageTag: string): Promise<unknown> {
    await Promise.all(
      BOTH.map(system =>
        archiveOf(folder, containerOf('one', system, { imageTag }), testHost(), { kind: 'no-git' }),
      ),
    )
    const archive = join(folder, 'out.tar')
    await merge(inputs({ archive, tags, archives: folder }), host)
    const layout = await openLayout(archive)
    const [descriptor] = layout.index.manifests
    rmSync(archive)
    return descriptor?.annotations?.['io.containerd.image.name']
  }

  test.each([
    ['auto', '1.4.2', 'docker.io/library/one:1.4.2'],
    ['latest', '1.4.2', 'docker.io/library/one:latest'],
    ['2.0 latest', '1.4.2', 'docker.io/library/one:2.0'],
    ['type=raw,value=edge', '1.4.2', 'docker.io/library/one:edge'],
    ['auto', '1.2.3+git.5', 'docker.io/library/one:1.2.3-git.5'],
  ])('with the tags %s and the image tag %s is %s', async (tags, imageTag, name) => {
    expect(await namesOf(tags, imageTag)).toBe(name)
  })
})

test('the build metadata in the tag of an image is part of its version, which newer versions guard', async () => {
  const pack = (imageTag: string) =>
    archiveOf(folder, containerOf('one', 'x86_64-linux', { imageTag, version: '' }), testHost(), {
      kind: 'no-git',
    })
  const tagsOf = async (): Promise<string[]> => {
    const [merged] = await merge(inputs({ image: place('o/one') }), host)
    return (merged?.pushed[0]?.tags ?? []).map(tag => tag.slice(tag.lastIndexOf(':') + 1))
  }
  await pack('2.0.0')
  expect(await tagsOf()).toEqual(['2.0.0', '2.0', '2', 'latest'])
  await pack('1.2.3+git.5')
  expect(await tagsOf()).toEqual(['1.2.3-git.5', '1.2', '1'])
})

describe('what the archives were built from', () => {
  const [head, other] = ['a', 'b'].map(digit => digit.repeat(40)) as [string, string]
  const at = (sha: string): WorkTree => ({ kind: 'commit', sha, isClean: true, tags: [] })
  const pack = (tree: WorkTree, systems = BOTH) =>
    Promise.all(
      systems.map(system =>
        archiveOf(folder, containerOf('one', system, { version: '1.2.3' }), testHost(), tree),
      ),
    )
  /** Runs the merge job of a workflow run, which has no checkout. */
  async function mergeOn(ref: string, more: Record<string, string> = {}): Promise<string[]> {
    host.remove()
    const env = { GITHUB_EVENT_NAME: 'push', GITHUB_REF: ref, GITHUB_SHA: head }
    host = testHost({ kind: 'github', env: { GITHUB_REPOSITORY_OWNER: 'o', ...env, ...more } })
    const [merged] = await merge(inputs({ image: place('o/one') }), host)
    return (merged?.pushed[0]?.tags ?? []).map(tag => tag.slice(tag.lastIndexOf(':') + 1))
  }

  test('is the commit of the event: its tags are set', async () => {
    await pack(at(head))
    const tags = ['1.2.3', '1.2', '1', 'latest', 'sha-aaaaaaa']
    expect(await mergeOn('refs/tags/v1.2.3')).toEqual(tags)
    expect(host.logged.filter(line => line.startsWith('warning'))).toEqual([])
  })

  test('is another commit: only the tag of that commit is set', async () => {
    await pack(at(other))
    expect(await mergeOn('refs/tags/v1.2.3')).toEqual(['sha-bbbbbbb'])
    expect(host.logged.join()).toMatch(/warning: The commit bbbbbbbbbbbb is checked out/)
  })

  test('could not be read: nothing is set, and the reason of Git is logged', async () => {
    await pack({ kind: 'git-failed', reason: 'dubious ownership', hint: 'Trust it.' })
    expect(await mergeOn('refs/heads/main')).toEqual([])
    expect(host.logged.join()).toMatch(/warning: Git cannot read .*dubious ownership/)
    expect(host.logged.join()).toMatch(/warning: No tag was chosen for one/)
  })

  test('is a branch with a character that a tag cannot have: its tag is unique, and this is logged', async () => {
    await pack(at(head))
    const [tag] = await mergeOn('refs/heads/é-main')
    expect(tag).toMatch(/^main-[0-9a-f]{7}$/)
    expect(host.logged.join()).toContain(`one gets the tag ${tag} for the branch "é-main"`)
  })

  test('is a pull request by way of workflow_run: nothing is pushed', async () => {
    await pack(at(other))
    const event = join(folder, 'event.json')
    const run = {
      event: 'pull_request',
      head_sha: other,
      head_branch: 'x',
      head_repository: { full_name: 'o/r' },
    }
    writeFileSync(event, JSON.stringify({ workflow_run: run, repository: { full_name: 'o/r' } }))
    const env = { GITHUB_EVENT_NAME: 'workflow_run', GITHUB_EVENT_PATH: event }
    expect(await mergeOn('refs/heads/main', env)).toEqual([])
    expect(registry.requests('PUT', /./)).toEqual([])
  })

  test('differs from system to system: nothing is pushed', async () => {
    await pack(at(head), ['x86_64-linux'])
    await pack(at(other), ['aarch64-linux'])
    await expect(mergeOn('refs/heads/main')).rejects.toThrow(
      /one-aarch64-linux.oci.tar was built from the commit bbbbbbbbbbbb, and .* is for the commit aaaaaaaaaaaa/,
    )
    expect(registry.requests('PUT', /./)).toEqual([])
  })
})

test('pushes the same digest to two destinations', async () => {
  await fill('one')
  const [merged] = await merge(inputs({ image: `${place('a/one')}\n${place('b/one')}` }), host)
  expect(registry.tag('a/one', 'latest')).toBe(merged?.digest)
  expect(registry.tag('b/one', 'latest')).toBe(merged?.digest)
})

describe('nothing is pushed if', () => {
  const refused = async (overrides: Record<string, string> = {}): Promise<UserError> => {
    const error = await merge(inputs({ image: place('o/{name}'), ...overrides }), host).catch(
      thrown => thrown,
    )
    expect(error).toBeInstanceOf(UserError)
    for (const { manifests, tags } of registry.repositories.values())
      expect([...manifests.keys(), ...tags.keys()]).toEqual([])
    expect(host.outputs.size).toBe(0)
    return error
  }

  test('a byte of a layer of one container is wrong', async () => {
    await fill('bad')
    await fill('valid')
    const path = join(folder, 'bad-x86_64-linux.oci.tar')
    const bytes = readFileSync(path)
    const layer = bytes.indexOf(Buffer.from([0x1f, 0x8b, 0x08])) + 40
    bytes[layer] = (bytes[layer] ?? 0) ^ 0x10
    writeFileSync(path, bytes)
    expect((await refused()).message).toContain(path)
    const archive = join(folder, 'out', '{name}.tar')
    expect((await refused({ archive })).message).toContain(path)
  })

  test.each([0, 511, 3000, 9000])('an archive is truncated after %d bytes', async length => {
    const [path = ''] = await fill('bad')
    writeFileSync(path, readFileSync(path).subarray(0, length))
    expect((await refused()).message).toContain(path)
  })

  test('a system is missing that another container has', async () => {
    await fill('valid')
    await fill('bad', ['aarch64-linux'])
    expect((await refused()).message).toMatch(
      /bad: x86_64-linux is missing \(found only bad-aarch64-linux\.oci\.tar\)/,
    )
  })

  test('an expected system is missing', async () => {
    await fill('bad', ['x86_64-linux'])
    expect((await refused({ systems: BOTH.join(' ') })).message).toMatch(/bad: aarch64-linux is missing/)
  })

  test('a system is not expected', async () => {
    await fill('bad')
    expect((await refused({ systems: 'x86_64-linux' })).message).toMatch(
      /aarch64-linux, which is not expected/,
    )
  })

  test('a system exists twice', async () => {
    const [path = ''] = await fill('bad')
    copyFileSync(path, join(folder, 'again.oci.tar'))
    expect((await refused()).message).toMatch(/x86_64-linux has two archives: again\.oci\.tar and bad-x86_64/)
  })

  test('the archives have different image names', async () => {
    await archiveOf(folder, containerOf('bad', 'x86_64-linux'))
    await archiveOf(folder, containerOf('bad', 'aarch64-linux', { imageName: 'other' }))
    expect((await refused()).message).toMatch(/have different image names/)
  })

  test('a file is not an archive', async () => {
    writeFileSync(join(folder, 'bad.oci.tar'), 'hello')
    expect((await refused()).message).toContain('bad.oci.tar')
  })

  test('two containers have the same destination', async () => {
    await fill('bad')
    await fill('bad2')
    expect((await refused({ image: place('o/bad') })).message).toMatch(
      /bad and bad2 have the same destination/,
    )
  })
})

test('`any` accepts all systems', async () => {
  await fill('one')
  await fill('two', ['aarch64-linux'])
  const merged = await merge(inputs({ image: place('o/{name}'), systems: 'any' }), host)
  expect(merged.map(({ platforms }) => platforms.length)).toEqual([2, 1])
})

describe('a usage error is reported before any work', () => {
  test.each([
    [{}, 'No destination is set'],
    [{ image: 'ghcr.io/o/{name}:tag' }, 'must not contain a tag'],
    [{ image: 'ghcr.io/o/{what}' }, '{what}'],
    [{ image: 'ghcr.io/{owner}/x' }, 'only known on GitHub'],
    [{ image: 'a.io/x\nb.io/x', username: 'me', password: 'secret' }, 'one registry'],
    [{ image: 'a.io/x', username: 'me' }, 'the password is not'],
    [{ image: 'a.io/x', password: 'secret' }, '`--username` is not'],
  ])('for %j: %s', async (overrides, why) => {
    await fill('one')
    const error = await merge(inputs(overrides), host).catch(thrown => thrown)
    expect(error).toBeInstanceOf(UserError)
    expect(error.message).toContain(why)
    expect(error.message + error.hint).not.toContain('secret')
  })

  test('for a folder without archives, or a missing folder', async () => {
    const error = await merge(inputs({ image: place('o/x') }), host).catch(thrown => thrown)
    expect(error.message).toContain(`The folder ${folder} contains no archives (*.oci.tar)`)
    const absent = { ...inputs({ image: place('o/x') }), archives: join(folder, 'absent') }
    expect(error.hint).toContain('`--archives`')
    await expect(merge(absent, host)).rejects.toThrow('does not exist')
    const github = testHost({ kind: 'github' })
    await expect(merge(absent, github)).rejects.toMatchObject({ hint: expect.stringContaining('`archives`') })
    github.remove()
    mkdirSync(join(folder, 'empty'))
  })

  test('for a missing destination', async () => {
    const failed = merge(inputs({}), host)
    await expect(failed).rejects.toBeInstanceOf(UsageError)
    await expect(failed).rejects.toMatchObject({ hint: expect.stringContaining('`--image`') })
  })
})

describe('a registry that fails during the run', () => {
  test('sets no tag of any container if one container cannot be pushed', async () => {
    await fill('one')
    await fill('two')
    const action = { kind: 'status', status: 403 } as const
    registry.fault({ method: 'POST', path: /two\/blobs\/uploads/, times: 1000, action })
    await expect(merge(inputs({ image: place('o/{name}') }), host)).rejects.toThrow('o/two')
    expect(registry.tag('o/one', 'latest')).toBeUndefined()
    expect(registry.tag('o/two', 'latest')).toBeUndefined()
    registry.clearFaults()
    await merge(inputs({ image: place('o/{name}') }), host)
    expect(registry.tag('o/one', 'latest')).toBeDefined()
    expect(registry.tag('o/two', 'latest')).toBeDefined()
  })

  test('sets and reports the tags of one registry if the other rejects a tag', async () => {
    await fill('one')
    const other = await startRegistry()
    try {
      const action = { kind: 'status', status: 403 } as const
      registry.fault({ method: 'PUT', path: /manifests\/latest/, times: 1000, action })
      const image = `${place('a/one')}\n${other.host}/b/one`
      await expect(merge(inputs({ image }), host)).rejects.toThrow('a/one')
      expect(registry.tag('a/one', 'latest')).toBeUndefined()
      expect(other.tag('b/one', 'latest')).toBeDefined()
      const tags = [place('a/one:1.0'), `${other.host}/b/one:1.0`, `${other.host}/b/one:latest`]
      expect(host.outputs.get('tags')).toBe(tags.join('\n'))
    } finally {
      await other.close()
    }
  })

  test.each([
    [403, /does not allow|not allowed/],
    [404, /not found/],
  ])('causes an error with a hint for status %d', async (status, words) => {
    await fill('one')
    registry.fault({ method: 'POST', times: 1000, action: { kind: 'status', status } })
    const error = await merge(inputs({ image: place('o/one') }), host).catch(thrown => thrown)
    expect(error).toBeInstanceOf(UserError)
    expect(error.message).toMatch(words)
    expect(error.hint).toBeTruthy()
  })

  test('sets no tag in the first registry if the second one fails', async () => {
    await fill('one')
    const other = await startRegistry({ auth: { kind: 'basic', username: 'me', password: 'planted' } })
    try {
      const image = `${place('a/one')}\n${other.host}/b/one`
      await expect(merge(inputs({ image }), host)).rejects.toThrow('anonymous')
      expect(registry.tag('a/one', 'latest')).toBeUndefined()
    } finally {
      await other.close()
    }
  })
})

test('an archive cannot decide where files are written', async () => {
  const evil = containerOf('one', 'x86_64-linux')
  const file = await archiveOf(folder, evil)
  for (const [was, is] of [
    [`"${CONTAINER}":"one"`, `"${CONTAINER}":"../"`],
    [`"${IMAGE_NAME}":"one"`, `"${IMAGE_NAME}":"/ab"`],
  ] as const) {
    const bytes = readFileSync(file)
    const at = bytes.indexOf(was)
    expect(at).toBeGreaterThan(0)
    bytes.write(is, at)
    writeFileSync(join(folder, 'evil.oci.tar'), bytes)
    rmSync(file)
    const archive = join(folder, 'deep', 'out', '{name}{image}')
    await expect(merge(inputs({ archive }), host)).rejects.toThrow(/evil\.oci\.tar is not an archive of/)
    expect(readdirSync(folder)).toEqual(['evil.oci.tar'])
    rmSync(join(folder, 'evil.oci.tar'))
    await archiveOf(folder, evil)
  }
})

test('fails if an output would overwrite an input', async () => {
  const [file = ''] = await fill('one')
  await expect(merge(inputs({ archive: file }), host)).rejects.toThrow('is one of the archives to merge')
})

test('removes the registry from an image name', async () => {
  await archiveOf(folder, containerOf('one', 'x86_64-linux', { imageName: 'ghcr.io/octo/Fd' }), testHost(), {
    kind: 'no-git',
  })
  const [merged] = await merge(inputs({ image: place('me/{image}') }), host)
  expect(merged?.pushed[0]?.tags).toEqual([place('me/fd:1.0'), place('me/fd:latest')])
})

test('an aborted merge sets no tag', async () => {
  await fill('one')
  const abort = new AbortController()
  registry.fault({ method: 'PUT', path: /manifests/, action: { kind: 'stall' } })
  setTimeout(() => abort.abort(new Error('ended')), 300)
  await expect(merge(inputs({ image: place('o/one') }), { ...host, signal: abort.signal })).rejects.toThrow(
    'ended',
  )
  expect(registry.tag('o/one', 'latest')).toBeUndefined()
})

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { merge } from '../../../src/command/merge/merge.js'
import { type BuiltImage, uploadReport } from '../../../src/command/shared/build-report.js'
import { openArchive } from '../../../src/command/shared/open-archive.js'
import {
  encodePlan,
  formatPlanReference,
  type PlanDocument,
} from '../../../src/command/shared/plan-document.js'
import { createArchiveAnnotations } from '../../../src/command/shared/platform-image.js'
import { encodeWorkTree, type WorkTree } from '../../../src/command/shared/work-tree.js'
import { createRunArtifacts } from '../../../src/host/artifacts.js'
import { openLayout } from '../../../src/image/layout.js'
import { writeArchive } from '../../../src/image/write-archive.js'
import type { Container } from '../../../src/nix/container.js'
import {
  CONTAINER,
  DERIVATION,
  IMAGE_NAME,
  SYSTEM,
  THIN,
  VERSION,
  WORK_TREE,
} from '../../../src/oci/annotation-keys.js'
import type { Descriptor } from '../../../src/oci/descriptor.js'
import { type Digest, digestOf } from '../../../src/oci/digest.js'
import { blobsOf } from '../../../src/oci/image.js'
import type { System } from '../../../src/oci/platform.js'
import { rejection } from '../../nix/fakes.js'
import { archiveOf, containerOf } from '../../support/archives.js'
import { shaOf } from '../../support/github-state.js'
import { type TestHost, testHost } from '../../support/host.js'
import { builtOf, reportOf } from '../../support/reports.js'
import { type ResultsServiceStandIn, startResultsService } from '../../support/results-service.js'
import { BOTH, type MergeRig, mergeRig } from './merge-rig.js'

// Another job of the workflow run can upload, replace and delete artifacts. It must not get its bytes under the tags of this run.

const ENVIRONMENT = { ...process.env }
const RETRY = { attempts: 2, firstWaitMs: 1 }
const X = 'x86_64-linux'
const ARM = 'aarch64-linux'
const FILE = `one-${X}.oci.tar`
const PLAN = 'nix-multiarch-plan-0123456789.json'
const TREE: WorkTree = { kind: 'commit', sha: shaOf('first'), isClean: true, branch: 'main', tags: [] }

let rig: MergeRig
let service: ResultsServiceStandIn
/** A folder of the other job. */
let foreign: string

beforeEach(async () => {
  jest.spyOn(process.stdout, 'write').mockImplementation(() => true)
  rig = await mergeRig()
  service = await startResultsService()
  Object.assign(process.env, service.environment())
  delete process.env.GITHUB_SERVER_URL
  foreign = join(rig.folder, 'foreign')
  mkdirSync(foreign)
})

afterEach(async () => {
  jest.restoreAllMocks()
  await service.close()
  await rig.close()
  process.env = { ...ENVIRONMENT }
})

function job(): TestHost {
  const log = { debug() {}, group: <T>(_: string, task: () => Promise<T>) => task() }
  return rig.runOf('first', { artifacts: createRunArtifacts(RETRY, log) })
}

/**
 * Builds a container for both systems. Its archives become artifacts without the client of GitHub, which needs 24 MB of memory for
 * each upload.
 */
async function build(name: string, about: Partial<Container> = {}): Promise<void> {
  for (const file of await buildFiles(name, about))
    service.add({ name: basename(file), content: readFileSync(file) })
}

async function buildFiles(name: string, about: Partial<Container> = {}): Promise<string[]> {
  const files: string[] = []
  for (const system of BOTH)
    files.push(await archiveOf(rig.folder, containerOf(name, system, about), rig.runOf('first'), TREE))
  return files
}

function documentOf(names: readonly string[]): PlanDocument {
  const host = job()
  const containers = names.map(name => ({
    name,
    imageName: name,
    build: true,
    why: 'new',
    systems: BOTH.map(system => {
      const container = containerOf(name, system)
      const facts = createArchiveAnnotations(container, host)
      return { system, derivation: container.derivation, facts }
    }),
  }))
  return { format: 1, tree: TREE, containers }
}

/** Adds the artifact of a plan, and returns the output of the plan job. */
async function plan(...names: string[]): Promise<string> {
  const content = Buffer.from(encodePlan(documentOf(names)))
  service.add({ name: PLAN, content })
  return formatPlanReference(PLAN, digestOf(content))
}

/** Builds the archive of another job. It replaces the artifact `FILE` of this run. */
async function forge(
  { name = 'one', system = X as System, about = {} as Partial<Container> } = {},
  change: (descriptor: Descriptor) => readonly Descriptor[] = descriptor => [descriptor],
): Promise<void> {
  const path = await archiveOf(foreign, containerOf(name, system, about), rig.runOf('first'), TREE)
  const layout = await openLayout(path)
  const [top] = layout.index.manifests as [Descriptor]
  const image = await layout.readImage(top)
  await writeArchive(path, { index: change(top), blobs: [image.manifest, ...blobsOf([image])] })
  await replace(FILE, readFileSync(path))
}

async function replace(name: string, content: Uint8Array, job = 'other'): Promise<number> {
  const call = { workflow_run_backend_id: 'run', workflow_job_run_backend_id: job, name }
  await fetch(`${service.origin}/twirp/github.actions.results.api.v1.ArtifactService/DeleteArtifact`, {
    method: 'POST',
    headers: { authorization: `Bearer ${process.env.ACTIONS_RUNTIME_TOKEN}` },
    body: JSON.stringify(call),
  })
  return service.add({ name, content, job })
}

const annotate =
  (annotations: Record<string, string | undefined>) =>
  (descriptor: Descriptor): Descriptor[] => {
    const all = Object.entries({ ...descriptor.annotations, ...annotations })
    const set = all.filter((entry): entry is [string, string] => entry[1] !== undefined)
    return [{ ...descriptor, annotations: Object.fromEntries(set) }]
  }

const run = (overrides: Record<string, string> = {}, host = job()) =>
  merge(rig.request({ archives: '', ...overrides }), host)

/** Runs a merge that must fail, and returns its message. Nothing may be pushed. */
async function refusal(overrides: Record<string, string> = {}): Promise<string> {
  const { message, hint = '' } = await rejection(run(overrides))
  const pushed = ['o/one', 'o/two', 'o/evil'].map(name => rig.registry.repository(name).manifests.size)
  expect(pushed).toEqual([0, 0, 0])
  return `${message}\n${hint}`
}

/** The number of listings of all artifacts. A download lists the artifact of its ID. */
const listings = (): number =>
  service.requests.filter(({ operation, body }) => {
    return operation === 'ListArtifacts' && (body as { id_filter?: string }).id_filter === undefined
  }).length

describe('a run without foreign artifacts', () => {
  test.each([true, false])('is merged from one listing of its artifacts (plan: %s)', async hasPlan => {
    await build('one')
    const reference = await plan('one')
    const before = listings()
    const [merged] = await run(hasPlan ? { plan: reference } : {})
    expect(merged?.platforms.map(({ system }) => system).sort()).toEqual([...BOTH].sort())
    expect(rig.tag('latest')).toBe(merged?.digest)
    expect(listings() - before).toBe(1)
  })

  test('is merged after failed jobs ran again: a build replaces the artifact of its earlier attempt', async () => {
    service.add({ name: FILE, content: Buffer.from('from the first attempt'), job: 'attempt-1' })
    service.add({ name: FILE, content: Buffer.from('from the second attempt'), job: 'attempt-2' })
    for (const file of await buildFiles('one')) await job().artifacts?.upload(file)
    await run({ plan: await plan('one') })
    expect(rig.tag('latest')).toBeDefined()
  })
})

describe('two artifacts of one name', () => {
  test.each([true, false])('are refused with both IDs and sizes (plan: %s)', async hasPlan => {
    await build('one')
    const reference = await plan('one')
    const first = service.artifacts().find(({ name }) => name === FILE)
    const second = service.add({ name: FILE, content: Buffer.alloc(1500), job: 'other' })
    const message = await refusal(hasPlan ? { plan: reference } : {})
    expect(message).toContain(`${FILE} (ID ${first?.id} with `)
    expect(message).toContain(`ID ${second} with 1.5 kB)`)
    expect(message).toContain('Find the job that uploads an artifact of this name')
  })

  test('are refused if they are the plan', async () => {
    await build('one')
    const reference = await plan('one')
    service.add({ name: PLAN, content: Buffer.from(encodePlan(documentOf([]))), job: 'other' })
    expect(await refusal({ plan: reference })).toContain(`the same name: ${PLAN} (ID `)
  })

  test('are no problem if the merge does not need them', async () => {
    await build('one')
    for (const job of ['a', 'b']) service.add({ name: 'logs.zip', content: Buffer.from(job), job })
    await run({ plan: await plan('one') })
    expect(rig.tag('latest')).toBeDefined()
  })
})

describe('a foreign plan', () => {
  test('that replaces the plan is refused', async () => {
    await build('one')
    await build('two')
    const reference = await plan('one', 'two')
    await replace(PLAN, Buffer.from(encodePlan(documentOf(['one']))))
    expect(await refusal({ plan: reference })).toContain('has replaced the plan')
  })

  test('that is too large for a plan is refused before it is downloaded', async () => {
    const reference = await plan('one')
    await replace(PLAN, Buffer.alloc(17_000_000))
    expect(await refusal({ plan: reference })).toContain(`The plan ${PLAN} is too large: 17.0 MB`)
    expect(service.requests.some(({ operation }) => operation === 'GET blob')).toBe(false)
  })

  test('that the workflow does not name is not used', async () => {
    await build('one')
    service.add({ name: PLAN, content: Buffer.from(encodePlan(documentOf([]))), job: 'other' })
    const host = job()
    await run({}, host)
    expect(rig.tag('latest')).toBeDefined()
    expect(host.logged.join('\n')).toContain(`has the plan ${PLAN}, but the merge does not use it`)
  })
})

describe('a foreign archive under the name of a planned one', () => {
  let reference: string
  beforeEach(async () => {
    await build('one')
    await build('two')
    reference = await plan('one', 'two')
  })

  test.each<[string, () => Promise<void>, RegExp]>([
    ['contains another container', () => forge({ name: 'two' }), /contains two for x86_64-linux/],
    ['contains an unplanned container', () => forge({ name: 'evil' }), /contains evil for x86_64-linux/],
    ['contains another system', () => forge({ system: ARM }), /contains one for aarch64-linux/],
    [
      'is from another derivation',
      () => forge({ about: { derivation: `/nix/store/${'1'.repeat(32)}-one.drv` } }),
      /not from the planned derivation/,
    ],
    [
      'names no derivation',
      () => forge({}, annotate({ [DERIVATION]: undefined })),
      /not from the planned derivation/,
    ],
    [
      'has another version',
      () => forge({}, annotate({ [VERSION]: '99.0.0' })),
      /and the plan differ in org\.opencontainers\.image\.version \("99\.0\.0" instead of "1\.0"\)/,
    ],
    [
      'has another image name',
      () => forge({}, annotate({ [IMAGE_NAME]: 'evil' })),
      /different image names: evil in one-x86_64-linux/,
    ],
    [
      'is from another commit',
      () => forge({}, annotate({ [WORK_TREE]: encodeWorkTree({ ...TREE, sha: 'b'.repeat(40) }) })),
      /built from the commit bbbbbbbbbbbb, and the plan is for the commit/,
    ],
    ['names no commit', () => forge({}, annotate({ [WORK_TREE]: undefined })), /was not recorded/],
    ['has a work tree that is not one', () => forge({}, annotate({ [WORK_TREE]: '{' })), /not JSON/],
    ['is for another platform than it says', () => forge({}, swapSystem), /its image config says/],
    ['contains two images', () => forge({}, top => [top, top]), /it contains 2 images, not one/],
    ['contains no image', () => forge({}, () => []), /it contains 0 images, not one/],
    ['is not an archive', async () => void (await replace(FILE, Buffer.alloc(20_000))), /not an OCI image/],
    [
      'is thin and names a foreign repository',
      () => forge({}, annotate({ [THIN]: `${rig.registry.host}/private/secret` })),
      /is a thin archive with layers in .*\/private\/secret, which is not a repository of one in this run/,
    ],
    [
      'is thin and names a text that is not a repository',
      () => forge({}, annotate({ [THIN]: '../../etc' })),
      /\.\.\/\.\.\/etc/,
    ],
    [
      'has no digest from the service',
      async () => {
        const content = service.artifacts().find(({ name }) => name === FILE)?.content ?? Buffer.alloc(0)
        const id = await replace(FILE, content)
        await dropDigest(id, content)
      },
      /has no SHA-256, so it cannot be verified/,
    ],
  ])('is refused if it %s', async (_, attack, message) => {
    await attack()
    const found = await refusal({ plan: reference })
    expect(found).toMatch(message)
    expect(found).toMatch(/one-x86_64-linux/)
  })

  test.each([
    '../../evil',
    '/etc/evil',
    '..',
    '',
    'a\u001b[31m',
    'a\nb',
    'fd` | <img src=x>',
    '-rf',
    'x'.repeat(200),
  ])('is refused if its container is called %j', async name => {
    await forge({}, annotate({ [CONTAINER]: name }))
    const message = await refusal({ plan: reference })
    expect(message).toContain(`its container name is ${JSON.stringify(name)}`)
    expect(message).not.toContain('\u001b')
  })

  test.each(['../../evil', 'UPPER/../case', 'a\u001b[31m', 'fd` | <img src=x>'])(
    'is refused if its image is called %j',
    async name => {
      await forge({}, annotate({ [IMAGE_NAME]: name }))
      expect(await refusal({ plan: reference })).toContain(`its image name is ${JSON.stringify(name)}`)
    },
  )

  test('adds no branch or Git tag to what the plan found', async () => {
    const tree = { ...TREE, branch: 'release', tags: ['v99.0.0'] }
    await forge({}, annotate({ [WORK_TREE]: encodeWorkTree(tree) }))
    await run({ plan: reference })
    expect([...rig.registry.repository('o/one').tags.keys()].sort()).toEqual([
      '1.0',
      'latest',
      'main',
      `sha-${shaOf('first').slice(0, 7)}`,
    ])
  })

  test('links the image to no other repository', async () => {
    await forge({}, annotate({ 'org.opencontainers.image.source': 'https://github.com/another/repo' }))
    await run({ plan: reference })
    expect(JSON.stringify(rig.indexAt('latest'))).not.toContain('another/repo')
  })
})

function swapSystem(descriptor: Descriptor): Descriptor[] {
  return annotate({ [SYSTEM]: ARM, [CONTAINER]: 'one' })(descriptor).map(each => {
    return {
      ...each,
      annotations: { ...each.annotations, [SYSTEM]: X },
      platform: { os: 'linux', architecture: 'arm64' },
    }
  })
}

/** Replaces an artifact by one of the same content without a digest. */
async function dropDigest(id: number, content: Uint8Array): Promise<void> {
  await replace(FILE, content)
  expect(service.artifacts().some(each => each.id === id)).toBe(false)
  await fetch(`${service.origin}/twirp/github.actions.results.api.v1.ArtifactService/DeleteArtifact`, {
    method: 'POST',
    headers: { authorization: `Bearer ${process.env.ACTIONS_RUNTIME_TOKEN}` },
    body: JSON.stringify({ name: FILE }),
  })
  service.add({ name: FILE, content, digest: null })
}

describe('a foreign archive under another name', () => {
  test('is not used if the plan does not name it', async () => {
    await build('one')
    const reference = await plan('one')
    await build('evil')
    const host = job()
    const merged = await run({ plan: reference }, host)
    expect(merged.map(({ container }) => container)).toEqual(['one'])
    expect(rig.registry.repository('o/evil').manifests.size).toBe(0)
    expect(host.logged.join('\n')).toContain(
      `Archives that are not in the plan are not used: evil-${ARM}.oci.tar, evil-${X}.oci.tar`,
    )
  })

  test.each(['../evil.oci.tar', 'a\u001b[31m.oci.tar', 'a\u009b31m.oci.tar', '/etc/evil.oci.tar'])(
    'cannot be called %j',
    async name => {
      await build('one')
      service.add({ name, content: Buffer.alloc(2000), job: 'other' })
      const message = await refusal()
      expect(message).not.toMatch(/[\u001b\u009b]/)
      expect(message).toContain(' cannot be the name of an artifact')
    },
  )

  test('is refused without a plan if it names the container of another archive', async () => {
    await build('one')
    const content = service.artifacts().find(({ name }) => name === FILE)?.content ?? Buffer.alloc(0)
    service.add({ name: `other-${X}.oci.tar`, content, job: 'other' })
    expect(await refusal()).toMatch(/other-x86_64-linux\.oci\.tar contains one for x86_64-linux/)
  })
})

test('a download whose bytes are not those of the digest is refused', async () => {
  await build('one')
  const reference = await plan('one')
  service.fail({ operation: 'GET blob', corrupt: true, times: 100 })
  service.fail({ operation: 'GET blob', corrupt: true, times: 100 })
  expect(await refusal({ plan: reference })).toMatch(/digest/)
})

describe('a folder of archives with a plan', () => {
  test.each([
    ['name', '../evil'],
    ['name', 'a\u001b[31m'],
    ['imageName', '../evil'],
  ])('is not read if the %s of a planned container is %j', async (key, value) => {
    const file = join(foreign, PLAN)
    const document = documentOf(['one'])
    const containers = document.containers.map(container => ({ ...container, [key]: value }))
    writeFileSync(file, encodePlan({ ...document, containers }))
    const message = await refusal({ archives: rig.folder, plan: file })
    expect(message).toContain(`containers[0].${key} is ${JSON.stringify(value)}`)
  })

  test('must contain the planned container under each name', async () => {
    const reference = join(foreign, PLAN)
    writeFileSync(reference, encodePlan(documentOf(['one'])))
    for (const system of BOTH)
      await archiveOf(rig.folder, containerOf('one', system), rig.runOf('first'), TREE)
    const other = await archiveOf(foreign, containerOf('evil', X), testHost(), TREE)
    writeFileSync(join(rig.folder, FILE), readFileSync(other))
    expect(await refusal({ archives: rig.folder, plan: reference })).toMatch(
      /one-x86_64-linux\.oci\.tar contains evil for x86_64-linux/,
    )
  })
})

describe('a foreign build report', () => {
  async function summaryWith(forged: (digest: Digest) => BuiltImage): Promise<string> {
    await build('one')
    const image = (await openArchive(join(rig.folder, FILE)))?.image
    const digest = image?.manifest.digest as Digest
    await uploadReport(reportOf([builtOf('one', X, { digest })]), job())
    await uploadReport(reportOf([forged(digest), builtOf('evil', X)]), job())
    const host = job()
    await run({ plan: await plan('one') }, host)
    return host.summaries.join('\n')
  }

  test('says nothing about images of this run with another digest, and nothing about other images', async () => {
    const summary = await summaryWith(() => builtOf('one', X, { times: { build: 9_000_000 } }))
    expect(summary).toContain('built in 3.1 s')
    expect(summary).not.toMatch(/150 min|evil/)
  })

  test('that contradicts another report leaves the cell empty', async () => {
    const summary = await summaryWith(digest => builtOf('one', X, { digest, times: { build: 9_000_000 } }))
    expect(summary).not.toMatch(/built in|150 min|evil/)
  })

  test('cannot end the merge', async () => {
    await build('one')
    for (const [n, text] of ['{', '[]', '{"format":1,"built":[{"container":"`|<img>"}]}'].entries())
      service.add({
        name: `nix-multiarch-built-000000000${n}.json`,
        content: Buffer.from(text),
        job: 'other',
      })
    await run({ plan: await plan('one') })
    expect(rig.tag('latest')).toBeDefined()
  })
})

test('without an artifact service, a folder is merged, and one warning says what is missing', async () => {
  for (const system of BOTH) await archiveOf(rig.folder, containerOf('one', system), rig.runOf('first'), TREE)
  rmSync(foreign, { recursive: true })
  delete process.env.ACTIONS_RUNTIME_TOKEN
  const host = job()
  await run({ archives: rig.folder }, host)
  expect(rig.tag('latest')).toBeDefined()
  expect(host.logged.filter(line => line.startsWith('warning'))).toEqual([
    expect.stringContaining('ACTIONS_RUNTIME_TOKEN is not set'),
  ])
})

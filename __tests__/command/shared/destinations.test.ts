import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { afterEach, describe, expect, test } from '@jest/globals'
import { merge } from '../../../src/command/merge/merge.js'
import { imageTemplatesOf, mayPush } from '../../../src/command/shared/destinations.js'
import type { Merged } from '../../../src/command/shared/merge-result.js'
import type { PlanDocument } from '../../../src/command/shared/plan-document.js'
import { encodePlan, formatPlanReference } from '../../../src/command/shared/plan-document.js'
import { createArchiveAnnotations } from '../../../src/command/shared/platform-image.js'
import { digestOf, parseDigest } from '../../../src/oci/digest.js'
import type { GitRef } from '../../../src/tags/subject.js'
import { containerOf } from '../../support/archives.js'
import { folderArtifacts, testHost } from '../../support/host.js'
import type { RegistryOptions } from '../../support/registry.js'
import { BOTH, type MergeRig, mergeRig, type RunOptions } from '../merge/merge-rig.js'

let rig: MergeRig | undefined
afterEach(() => rig?.close())

describe('mayPush', () => {
  test.each<[GitRef['kind'], boolean, { auto: boolean; true: boolean; false: boolean }]>([
    ['branch', false, { auto: true, true: true, false: false }],
    ['tag', false, { auto: true, true: true, false: false }],
    ['commit', false, { auto: true, true: true, false: false }],
    ['none', false, { auto: true, true: true, false: false }],
    ['pull-request', false, { auto: false, true: true, false: false }],
    ['pull-request', true, { auto: false, true: true, false: false }],
    // A `workflow_run` event after a push to a fork has a branch of this repository as its ref.
    ['branch', true, { auto: false, true: true, false: false }],
  ])('%s, from a fork: %s', (kind, isFromFork, expected) => {
    const host = testHost({ isFromFork })
    host.remove()
    const of = (push: 'auto' | 'true' | 'false') => mayPush({ push }, host, { kind })
    expect({ auto: of('auto'), true: of('true'), false: of('false') }).toEqual(expected)
  })
})

const PASSWORD = { kind: 'token', username: 'me', password: 'secret' } as const
const PULL: RunOptions = {
  env: { GITHUB_EVENT_NAME: 'pull_request', GITHUB_REF: 'refs/pull/7/merge', GITHUB_BASE_REF: 'main' },
  event: { pull_request: { number: 7 } },
}

/** Creates a rig with a plan: container `one` is in the registry and unchanged, `two` is built. */
async function planned(options: RegistryOptions, overrides: Record<string, string> = {}) {
  const made = await mergeRig(options)
  rig = made
  await made.build('one', { version: '1.2.3' })
  const [merged] = await merge(
    made.request({ username: 'me', password: 'secret', ...overrides }),
    made.runOf('first'),
  )
  for (const file of readdirSync(made.folder).filter(file => file.startsWith('one-')))
    rmSync(join(made.folder, file))
  await made.build('two', { version: '1.2.3' })
  return { rig: made, plan: writtenPlan(made, merged) }
}

function writtenPlan({ folder, runOf }: MergeRig, one: Merged | undefined): string {
  const host = runOf('second')
  const about = (name: string) => ({
    name,
    imageName: name,
    systems: BOTH.map(system => {
      const container = containerOf(name, system, { version: '1.2.3' })
      const { derivation } = container
      return { system, derivation, facts: createArchiveAnnotations(container, host) }
    }),
  })
  const standing = { image: one?.pushed[0]?.image ?? '', digest: parseDigest(one?.digest) }
  const document: PlanDocument = {
    format: 1,
    containers: [
      { ...about('one'), build: false, why: 'unchanged', standing },
      { ...about('two'), build: true, why: 'new' },
    ],
  }
  mkdirSync(join(folder, 'plan'))
  const file = join(folder, 'plan', 'nix-multiarch-plan-0123456789.json')
  writeFileSync(file, encodePlan(document))
  return file
}

/** Returns artifacts with these files. The names of uploaded files are added to `uploaded`. */
function artifactsOf(files: readonly string[], uploaded: string[] = []) {
  const upload = async (file: string) => {
    uploaded.push(file.split('/').at(-1) ?? '')
    return { id: 1, name: file, size: 0 }
  }
  return { ...folderArtifacts(files, copyFileSync), upload }
}

describe('on another server than github.com', () => {
  const NO_IMAGE = { tags: { kind: 'auto' }, image: [], archive: undefined } as const
  const onServer = (server: string | undefined) =>
    testHost({
      kind: 'github',
      env: { GITHUB_REPOSITORY_OWNER: 'o', ...(server && { GITHUB_SERVER_URL: server }) },
    })

  test.each([
    [undefined, ['ghcr.io/{owner}/{image}']],
    ['https://github.com', ['ghcr.io/{owner}/{image}']],
    ['https://codeberg.org', []],
    ['https://github.example.com', []],
  ])('%s: the default repositories are %j', (server, expected) => {
    const host = onServer(server)
    expect(imageTemplatesOf(NO_IMAGE, host)).toEqual(expected)
    host.remove()
  })
})

describe('a run that does not push', () => {
  test('reads unchanged containers of a private registry with the password', async () => {
    const { rig, plan } = await planned({ auth: PASSWORD })
    const before = rig.registry.requests('PUT', /./).length
    const host = rig.runOf('second', { ...PULL, artifacts: artifactsOf([]) })
    const overrides = { plan, username: 'me', password: 'secret' }
    const merged = await merge(rig.request(overrides), host)
    expect(merged.map(({ container, pushed }) => [container, pushed])).toEqual([
      ['one', []],
      ['two', []],
    ])
    expect(rig.registry.requests('PUT', /./)).toHaveLength(before)
  })

  test('fails if a private registry needs a password and none is set', async () => {
    const { rig, plan } = await planned({ auth: PASSWORD })
    const host = rig.runOf('second', { ...PULL, artifacts: artifactsOf([]) })
    await expect(merge(rig.request({ plan }), host)).rejects.toThrow(/one/)
  })

  test('reads a public registry without a login if the username is set but the password is not', async () => {
    const { rig, plan } = await planned({ auth: { ...PASSWORD, anonymous: 'pull' } })
    const host = rig.runOf('second', { ...PULL, isFromFork: true, artifacts: artifactsOf([]) })
    // GitHub gives no secrets to forks.
    const merged = await merge(rig.request({ plan, username: 'me', 'github-token': '' }), host)
    expect(merged.map(({ container, unchanged }) => [container, unchanged])).toEqual([
      ['one', true],
      ['two', false],
    ])
  })

  test('does not push for a workflow_run event that a fork triggered', async () => {
    const { rig, plan } = await planned({})
    const before = rig.registry.requests('PUT', /./).length
    const env = { GITHUB_EVENT_NAME: 'workflow_run' }
    const event = { workflow_run: { event: 'push', head_repository: { full_name: 'other/repo' } } }
    const uploaded: string[] = []
    const artifacts = artifactsOf([], uploaded)
    const host = rig.runOf('second', { env, event, isFromFork: true, artifacts })
    const merged = await merge(rig.request({ plan }), host)
    expect(merged.map(({ pushed }) => pushed)).toEqual([[], []])
    expect(rig.registry.requests('PUT', /./)).toHaveLength(before)
    expect(uploaded).toEqual(['two.multi-arch.oci.tar'])
  })

  test('writes archives of built containers only', async () => {
    const { rig, plan } = await planned({})
    const uploaded: string[] = []
    const host = rig.runOf('second', { ...PULL, artifacts: artifactsOf([], uploaded) })
    const merged = await merge(rig.request({ plan }), host)
    expect(uploaded).toEqual(['two.multi-arch.oci.tar'])
    expect(merged.map(({ archive }) => archive === undefined)).toEqual([true, false])
  })

  test('writes archives of all containers if `archive` is set', async () => {
    const { rig, plan } = await planned({})
    const uploaded: string[] = []
    const host = rig.runOf('second', { ...PULL, artifacts: artifactsOf([], uploaded) })
    await merge(rig.request({ plan, archive: join(host.temp, '{name}.tar') }), host)
    expect(uploaded.sort()).toEqual(['one.tar', 'two.tar'])
  })
})

describe('a merge with a plan fails if', () => {
  test('the index of an unchanged container was deleted', async () => {
    const { rig, plan } = await planned({})
    rig.registry.repository('o/one').manifests.clear()
    const failed = merge(rig.request({ plan }), rig.runOf('second'))
    await expect(failed).rejects.toMatchObject({
      message: expect.stringMatching(
        /o\/one@sha256:\w+ no longer has the image for \S+ that the plan found$/,
      ),
      hint: expect.stringContaining('Plan again'),
    })
    expect(rig.registry.repositories.get('o/two')).toBeUndefined()
  })

  test('it takes an image from another repository', async () => {
    const { rig, plan } = await planned({})
    const text = readFileSync(plan, 'utf8').replace(/\/o\/one@/g, '/o/two@')
    writeFileSync(plan, text)
    await expect(merge(rig.request({ plan }), rig.runOf('second'))).rejects.toThrow(
      /The plan takes one from .*\/o\/two@sha256:.*, which is not a repository of one in this run/,
    )
    expect(rig.registry.repositories.get('o/two')).toBeUndefined()
  })

  test('an archive is missing in the folder', async () => {
    const { rig, plan } = await planned({})
    rmSync(join(rig.folder, 'two-aarch64-linux.oci.tar'))
    await expect(merge(rig.request({ plan }), rig.runOf('second'))).rejects.toThrow(
      `Planned archives are missing in ${rig.folder}: two-aarch64-linux.oci.tar`,
    )
  })

  test('an archive is missing from the artifacts of the run', async () => {
    const { rig, plan } = await planned({})
    const file = join(rig.folder, 'two-x86_64-linux.oci.tar')
    const host = rig.runOf('second', { artifacts: artifactsOf([file, plan]) })
    const reference = formatPlanReference(basename(plan), digestOf(readFileSync(plan)))
    const { archives, ...inputs } = rig.request({ plan: reference })
    const failed = merge({ ...inputs, archives: undefined }, host)
    await expect(failed).rejects.toThrow(
      'Planned archives are missing from the artifacts of this workflow run: two-aarch64-linux.oci.tar',
    )
    expect(rig.registry.repositories.get('o/two')).toBeUndefined()
  })
})

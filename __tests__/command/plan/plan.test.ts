import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { BUNDLE_TYPE } from '../../../src/attestation/bundle.js'
import { formatPlan } from '../../../src/command/plan/output.js'
import { plan } from '../../../src/command/plan/plan.js'
import { encodePlan, parsePlan } from '../../../src/command/shared/plan-document.js'
import { createRecord } from '../../../src/command/shared/proof-record.js'
import type { Artifacts, Host } from '../../../src/host/host.js'
import { PLAN_INPUTS } from '../../../src/input/input-table.js'
import { readInputs } from '../../../src/input/read-inputs.js'
import { CONTAINER, DERIVATION, SYSTEM, VERSION } from '../../../src/oci/annotation-keys.js'
import { OCI_INDEX, OCI_MANIFEST } from '../../../src/oci/descriptor.js'
import { type Digest, digestOf } from '../../../src/oci/digest.js'
import { encodeIndex } from '../../../src/oci/image-index.js'
import { UsageError } from '../../../src/util/error.js'
import { rejection } from '../../nix/fakes.js'
import { type GitHubStandIn, serveGitHubApi } from '../../support/github-api.js'
import { silentHost, type TestHost, testHost } from '../../support/host.js'
import { KEY_FORMS, keysAs, rekeyTags } from '../../support/own-keys.js'
import { startRegistry, type TestRegistry } from '../../support/registry.js'

const SHA = 'abcdef1234567890abcdef1234567890abcdef12'

const { PATH } = process.env

let registry: TestRegistry
let host: TestHost
let uploaded: string[]
beforeEach(async () => {
  registry = await startRegistry()
  uploaded = []
  host = onGitHub('refs/heads/main')
})
afterEach(async () => {
  process.env.PATH = PATH
  host.remove()
  await registry.close()
})

/** Returns the host of a step for an event. Uploaded artifacts are added to `uploaded`. */
function onGitHub(ref: string, event = 'push'): TestHost {
  const artifacts = {
    upload: async (file: string) => {
      uploaded.push(readFileSync(file, 'utf8'))
      return { id: 1, name: 'x', size: 1 }
    },
  } as unknown as Artifacts
  const env: Record<string, string> = {}
  const created = testHost({ kind: 'github', env, artifacts })
  const [bin, payload] = [join(created.temp, 'bin'), join(created.temp, 'event.json')]
  mkdirSync(bin)
  // The commit of the event is checked out.
  writeFileSync(
    join(bin, 'git'),
    `#!/bin/sh\ncase $1 in rev-parse) echo ${SHA};; status|tag) ;; *) exit 1;; esac\n`,
  )
  chmodSync(join(bin, 'git'), 0o755)
  process.env.PATH = `${bin}:${PATH}`
  const head = { id: SHA, timestamp: '2026-01-02T03:04:05Z' }
  const pull =
    event === 'pull_request'
      ? { pull_request: { number: 5, head: { repo: { full_name: 'Owner/app' } } } }
      : {}
  writeFileSync(
    payload,
    JSON.stringify({
      repository: { default_branch: 'main', full_name: 'Owner/app' },
      head_commit: head,
      ...pull,
    }),
  )
  Object.assign(created.env, {
    PATH: `${bin}:${process.env.PATH}`,
    GITHUB_EVENT_NAME: event,
    GITHUB_EVENT_PATH: payload,
    GITHUB_REF: ref,
    GITHUB_SHA: SHA,
    GITHUB_REPOSITORY: 'Owner/app',
    GITHUB_REPOSITORY_OWNER: 'Owner',
    GITHUB_SERVER_URL: 'https://github.com',
  })
  return created
}

interface Described {
  readonly derivation?: string
  readonly builder?: string
  readonly version?: string
}

const drv = (name: string): string => `/nix/store/${name}.drv`

/** The outputs of a flake for one system. Attributes that throw are skipped, except if one is evaluated by its name. */
type Outputs = Record<string, Described> | 'absent' | { fails: string } | { throws: string[] }

/** Writes a program `nix` that evaluates this flake. */
function writeNix(answers: Record<string, Outputs>): void {
  const cases = Object.entries(answers).map(([system, answer]) => {
    if (answer !== 'absent' && 'fails' in answer)
      return `*${system}*) echo 'error: ${answer.fails}' >&2; exit 1 ;;`
    const says = `cat <<'END'\n${JSON.stringify(answerOf(system, answer))}\nEND\n`
    const throws = `*${system}*'names\\":[\\"'*) echo 'error: no version yet' >&2; exit 1 ;;`
    const named = answer !== 'absent' && 'throws' in answer ? throws : ''
    return `${named} *${system}*) ${says};;`
  })
  const script = `#!/bin/sh
case "$*" in
  *--version*) echo 'nix (Nix) 2.34.8' ;;
  *'config show'*) echo '{"system":{"value":"x86_64-linux"}}' ;;
  *eval*) case "$*" in ${cases.join('\n')} *) exit 1 ;; esac ;;
esac`
  const file = join(host.temp, 'bin/nix')
  writeFileSync(file, script)
  chmodSync(file, 0o755)
}

function answerOf(system: string, answer: Outputs) {
  if (answer === 'absent') return { absent: system, siblings: [] }
  if ('throws' in answer) return { containers: [], skipped: answer.throws, missing: [], others: {} }
  const containers = Object.entries(answer).map(([name, about]) => ({
    name,
    builder: system,
    derivation: drv(`${name}-${system}`),
    output: 'out',
    streamed: false,
    imageName: `image-${name}`,
    version: '1.2.3',
    ...about,
  }))
  return { containers, skipped: [], missing: [], others: {} }
}

const writeFlakeWith = (...names: string[]) => {
  const all = Object.fromEntries(names.map(name => [name, {}]))
  writeNix({ 'x86_64-linux': all, 'aarch64-linux': all })
}

/** Adds an index with tags to the registry, like the merge. Merges of older versions wrote no record. */
function publish(
  name: string,
  tags: string[],
  derivations: Record<string, string>,
  { version = '1.2.3', hasRecord = true } = {},
): Digest {
  const manifests = Object.entries(derivations).map(([system, derivation]) => ({
    mediaType: OCI_MANIFEST,
    digest: digestOf(Buffer.from(`${name} ${system}`)),
    size: 7,
    annotations: { [SYSTEM]: system, [DERIVATION]: derivation },
  }))
  const record = hasRecord ? createRecord(manifests) : {}
  const bytes = encodeIndex(manifests, { [VERSION]: version, ...record })
  const digest = digestOf(bytes)
  const repository = registry.repository(`o/image-${name}`)
  repository.manifests.set(digest, { bytes, mediaType: OCI_INDEX })
  for (const tag of tags) repository.tags.set(tag, digest)
  return digest
}

const built = (name: string) => ({
  'x86_64-linux': drv(`${name}-x86_64-linux`),
  'aarch64-linux': drv(`${name}-aarch64-linux`),
})

/** A flake in a Git repository. */
const localFlake = (): string => join(host.temp, 'flake')

const run = (given: Record<string, string> = {}, on: Host = host) => {
  mkdirSync(join(localFlake(), '.git'), { recursive: true })
  writeFileSync(join(localFlake(), 'flake.nix'), '')
  const all: Record<string, string> = { flake: localFlake(), image: `${registry.host}/o/{image}`, ...given }
  const inputs = readInputs(PLAN_INPUTS, name => all[name], silentHost)
  return plan(inputs, on)
}

const decided = async (given?: Record<string, string>) =>
  (await run(given)).document.containers.map(({ name, build, why }) => [name, build, why])

const warnings = (): string[] => host.logged.filter(line => line.startsWith('warning'))

describe('a new container', () => {
  test('is built: one job for each system, in outputs, artifact and summary', async () => {
    writeFlakeWith('fd', 'rg')
    const { document, matrix } = await run()
    expect(matrix.include).toHaveLength(4)
    expect(host.outputs.get('matrix')).toBe(JSON.stringify(matrix))
    expect(Object.fromEntries(host.outputs)).toMatchObject({
      jobs: '4',
      containers: 'fd\nrg',
      plan: expect.stringMatching(/^nix-multiarch-plan-[0-9a-f]{10}\.json@sha256:[0-9a-f]{64}$/),
    })
    expect(JSON.parse(host.outputs.get('json') ?? '')[0]).toEqual({
      name: 'fd',
      imageName: 'image-fd',
      version: '1.2.3',
      build: true,
      why: `new: ${registry.host}/o/image-fd has no image yet`,
      systems: Object.entries(built('fd')).map(([system, derivation]) => ({ system, derivation })),
    })
    expect(uploaded.map(text => parsePlan(text, 'x'))).toEqual([document])
    expect(document.containers[0]?.systems[0]?.facts).toMatchObject({ [CONTAINER]: 'fd' })
    expect(host.summaries.join()).toContain('fd')
    expect(warnings()).toEqual([])
  })

  test('shows the number of compared containers if the registry is slow', async () => {
    writeFlakeWith('fd', 'rg')
    await run()
    const compared = host.shown.filter(({ activity }) => activity === 'comparing images')
    expect(compared).toEqual(
      [0, 1, 2].map(done => ({
        title: registry.host,
        activity: 'comparing images',
        amount: `${done} of 2`,
        delayMs: 2000,
      })),
    )
  })

  test('needs one request if the repository does not exist', async () => {
    writeFlakeWith('fd')
    registry.fault({
      path: /manifests/,
      times: 9,
      action: { kind: 'status', status: 404, body: '{"errors":[{"code":"NAME_UNKNOWN"}]}' },
    })
    await run()
    expect(registry.log.filter(({ path }) => path.includes('/manifests/'))).toHaveLength(1)
  })
})

test('without an artifact service, the output names the file of the plan for a merge in the same job', async () => {
  writeFlakeWith('fd')
  const { document } = await run({}, { ...host, artifacts: undefined })
  const file = host.outputs.get('plan') ?? ''
  expect(file).toMatch(/\/nix-multiarch\/nix-multiarch-plan-[0-9a-f]{10}\.json$/)
  expect(parsePlan(readFileSync(file), file)).toEqual(document)
  expect(uploaded).toEqual([])
  expect(host.logged.filter(line => line.includes('artifact service'))).toEqual([
    `info: This runner has no artifact service (ACTIONS_RUNTIME_TOKEN is not set), so the plan is in the file ${file}, ` +
      'for a merge in this job',
  ])
})

describe('an unchanged container', () => {
  test('has no job, and the plan contains its published index, found under the exact version', async () => {
    writeFlakeWith('fd', 'rg')
    const digest = publish('fd', ['1.2.3', 'latest'], built('fd'))
    publish('rg', ['latest'], { ...built('rg'), 'aarch64-linux': drv('old') }, { version: '1.2.2' })
    const { document, matrix } = await run()
    expect(document.containers).toMatchObject([
      {
        name: 'fd',
        build: false,
        why: `unchanged since 1.2.3 (${digest.slice(0, 19)}…)`,
        standing: { image: `${registry.host}/o/image-fd@${digest}`, digest },
      },
      { name: 'rg', build: true, why: 'changed for aarch64-linux' },
    ])
    expect(matrix.include.map(({ name }) => name)).toEqual(['rg for x86_64-linux', 'rg for aarch64-linux'])
    expect(registry.requests('GET', /image-fd\/manifests/).map(({ path }) => path)).toEqual([
      '/v2/o/image-fd/manifests/1.2.3',
    ])
    expect(host.logged).toContain('info: 1 container to build in 2 jobs, 1 unchanged')
  })

  test('is built if another program has copied the record to other images', async () => {
    writeFlakeWith('fd')
    const digest = publish('fd', ['latest'], built('fd'))
    const { manifests, tags } = registry.repository('o/image-fd')
    const index = JSON.parse(String(manifests.get(digest)?.bytes))
    index.manifests[0].digest = digestOf(Buffer.from('other'))
    const bytes = Buffer.from(JSON.stringify(index))
    manifests.set(digestOf(bytes), { bytes, mediaType: OCI_INDEX })
    tags.set('latest', digestOf(bytes))
    expect(await decided()).toEqual([
      ['fd', true, 'changed: another program has changed the published index'],
    ])
  })

  test('is built if SBOMs are requested and its published index has none', async () => {
    writeFlakeWith('fd')
    const digest = publish('fd', ['latest'], built('fd'))
    expect(await decided({ sbom: 'true' })).toEqual([['fd', true, 'its published index has no SBOM']])
    // It has the same content, so its version tag will not be refused.
    publish('fd', ['1.2.3'], built('fd'))
    await run({ sbom: 'true' })
    expect(warnings()).toEqual([])
    const subject = { mediaType: OCI_INDEX, digest, size: 1 }
    const bytes = Buffer.from(JSON.stringify({ artifactType: 'application/vnd.cyclonedx+json', subject }))
    const repository = registry.repository('o/image-fd')
    repository.manifests.set(digestOf(bytes), { bytes, mediaType: OCI_MANIFEST })
    registry.log.length = 0
    expect(await decided({ sbom: 'true' })).toMatchObject([
      ['fd', false, expect.stringContaining('unchanged')],
    ])
    expect(registry.requests('GET', /referrers/)).toHaveLength(1)
    expect(await decided()).toMatchObject([['fd', false, expect.stringContaining('unchanged')]])
    // Without a push, no SBOM could be attached.
    publish('fd', ['1.2.3'], built('fd'), { version: 'other' })
    host.remove()
    host = onGitHub('refs/pull/5/merge', 'pull_request')
    writeFlakeWith('fd')
    expect(await decided({ sbom: 'true' })).toMatchObject([
      ['fd', false, expect.stringContaining('unchanged')],
    ])
  })

  test.each([
    [{}, ['provenance/v1', 'cosign/sign/v1'], 1],
    [{ sbom: 'true' }, ['provenance/v1', 'cosign/sign/v1', 'cyclonedx.org/bom', 'Document/v2.3'], 1],
  ] as const)(
    'is built if it should be signed, and an attestation is missing: %j',
    async (more, types, requests) => {
      writeFlakeWith('fd')
      const digest = publish('fd', ['1.2.3'], built('fd'))
      const attach = (artifactType: string, predicateType?: string): void => {
        const subject = { mediaType: OCI_INDEX, digest, size: 1 }
        const annotations = predicateType && { 'dev.sigstore.bundle.predicateType': predicateType }
        const bytes = Buffer.from(JSON.stringify({ artifactType, subject, annotations }))
        registry.repository('o/image-fd').manifests.set(digestOf(bytes), { bytes, mediaType: OCI_MANIFEST })
      }
      attach('application/vnd.cyclonedx+json')
      for (const type of types) {
        const [[, isBuilt, why] = []] = await decided({ attest: 'key', ...more })
        expect([isBuilt, why]).toEqual([
          true,
          expect.stringMatching(/^its published index has no attestation/),
        ])
        const domain = type.includes('cosign')
          ? 'https://sigstore.dev/'
          : type.includes('prov')
            ? 'https://slsa.dev/'
            : ''
        attach(BUNDLE_TYPE, domain ? domain + type : `https://${type.replace(/^Document/, 'spdx.dev/$&')}`)
      }
      registry.log.length = 0
      const { document } = await run({ attest: 'key', ...more })
      expect(document).toMatchObject({ attest: true, containers: [{ build: false }] })
      expect(parsePlan(encodePlan(document), 'plan')).toEqual(document)
      expect(registry.requests('GET', /referrers/)).toHaveLength(requests)
      expect((await run()).document).not.toHaveProperty('attest')
    },
  )

  test('is read from an index with a record, if another tag has one', async () => {
    writeFlakeWith('fd')
    const older = publish('fd', ['1.2.3'], built('fd'), { hasRecord: false })
    const recorded = publish('fd', ['latest'], built('fd'))
    expect(recorded).not.toBe(older)
    expect((await run()).document.containers).toMatchObject([
      { build: false, standing: { digest: recorded } },
    ])
    registry.repository('o/image-fd').tags.delete('latest')
    expect((await run()).document.containers).toMatchObject([{ build: false, standing: { digest: older } }])
  })

  test('is found by the tags of the default branch, on other branches and for pull requests', async () => {
    for (const [ref, event] of [['refs/heads/work'], ['refs/pull/5/merge', 'pull_request']] as const) {
      host.remove()
      host = onGitHub(ref, event)
      writeFlakeWith('fd')
      publish('fd', ['main'], built('fd'))
      expect((await run()).matrix.include).toEqual([])
    }
    expect(host.outputs.get('jobs')).toBe('0')
  })

  test('is found under another tag of the repository, if no tag of the run exists', async () => {
    writeFlakeWith('fd')
    publish('fd', ['2.0.0', '2.0', 'later'], { ...built('fd'), 'aarch64-linux': drv('old') })
    const digest = publish('fd', ['1.2.1'], built('fd'), { version: '1.2.1' })
    expect((await run()).document.containers).toMatchObject([
      { build: false, why: `unchanged since 1.2.1 (${digest.slice(0, 19)}…)`, standing: { digest } },
    ])
  })

  test('is searched under three other tags at most: the highest versions, then the last ones of the list', async () => {
    writeFlakeWith('fd')
    const old = { ...built('fd'), 'aarch64-linux': drv('old') }
    const signature = `sha256-${'0'.repeat(64)}.sig`
    for (const tag of ['a', 'z', 'b', '1.9.0', '1.10.0', signature]) publish('fd', [tag], old)
    expect(await decided()).toEqual([['fd', true, 'changed for aarch64-linux']])
    const read = registry.requests('GET', /image-fd\/manifests/).map(({ path }) => path.split('/').pop())
    expect(read).toEqual(['1.2.3', 'main', 'latest', '1.10.0', '1.9.0', 'z'])
  })

  test.each([401, 403, 404, 405])(
    'is new if no tag of the run exists and the list of tags is answered with %d',
    async status => {
      writeFlakeWith('fd')
      publish('fd', ['1.2.1'], built('fd'))
      registry.fault({ path: /tags\/list/, times: 99, action: { kind: 'status', status } })
      expect(await decided()).toEqual([['fd', true, `new: ${registry.host}/o/image-fd has no image yet`]])
      expect(warnings()).toEqual([])
    },
  )

  test('must be unchanged in every repository', async () => {
    writeFlakeWith('fd')
    publish('fd', ['latest'], built('fd'))
    const other = await startRegistry()
    try {
      const image = `${registry.host}/o/{image}\n${other.host}/o/{image}`
      expect(await decided({ image })).toEqual([
        ['fd', true, `new: ${other.host}/o/image-fd has no image yet`],
      ])
    } finally {
      await other.close()
    }
  })

  test.each([
    [{ force: 'true' }, 'forced'],
    [{ push: 'false' }, 'not compared, because nothing is pushed'],
  ])('is built with %j, without a request', async (given, why) => {
    writeFlakeWith('fd')
    publish('fd', ['latest'], built('fd'))
    expect(await decided(given as Record<string, string>)).toEqual([['fd', true, why]])
    expect(registry.log).toEqual([])
  })
})

describe.each(Object.entries(KEY_FORMS))('an image with %s annotation keys', (_, prefix) => {
  test('is unchanged, and starts no job', async () => {
    writeFlakeWith('fd')
    publish('fd', ['1.2.3', 'latest'], built('fd'))
    const digest = rekeyTags(registry, 'o/image-fd', prefix).get('1.2.3') as Digest
    const { document, matrix } = await run()
    expect(document.containers).toMatchObject([
      { build: false, standing: { image: `${registry.host}/o/image-fd@${digest}`, digest } },
    ])
    expect(matrix.include).toEqual([])
    expect(warnings()).toEqual([])
  })

  test('is built if its derivation differs, with a warning about the exact version', async () => {
    writeFlakeWith('fd')
    publish('fd', ['1.2.3'], { ...built('fd'), 'x86_64-linux': drv('old') })
    rekeyTags(registry, 'o/image-fd', prefix)
    expect(await decided()).toEqual([['fd', true, 'changed for x86_64-linux']])
    expect(warnings()).toHaveLength(1)
  })
})

describe('an exact version that exists', () => {
  beforeEach(() => {
    writeFlakeWith('fd')
    publish('fd', ['1.2.3'], { ...built('fd'), 'x86_64-linux': drv('old') })
  })

  test('causes a warning before the build', async () => {
    expect(await decided()).toEqual([['fd', true, 'changed for x86_64-linux']])
    expect(warnings()).toEqual([
      expect.stringMatching(
        /image-fd:1\.2\.3 already exists with different content; the push will fail\n.*`overwrite: true`/,
      ),
    ])
  })

  test.each([{ overwrite: 'true' }, { push: 'false' }])('causes no warning with %j', async given => {
    await run(given as Record<string, string>)
    expect(warnings()).toEqual([])
  })

  test('causes no warning for a pull request, which sets no tag', async () => {
    host.remove()
    host = onGitHub('refs/pull/5/merge', 'pull_request')
    writeFlakeWith('fd')
    expect(await decided()).toEqual([['fd', true, 'changed for x86_64-linux']])
    expect(warnings()).toEqual([])
  })

  test('causes one warning for many versions, with the first five', async () => {
    const names = Array.from({ length: 7 }, (_, n) => `c${n}`)
    writeFlakeWith(...names)
    for (const name of names) publish(name, ['1.2.3'], { ...built(name), 'x86_64-linux': drv('old') })
    await run()
    const five = names.slice(0, 5).map(name => `${registry.host}/o/image-${name}:1.2.3`)
    expect(warnings()).toEqual([
      [
        `warning: 7 versions already exist with different content; the push will fail: ${five.join(', ')} and 2 more`,
        'Increase the version, or set `overwrite: true` to replace it.',
      ].join('\n'),
    ])
  })
})

describe('a registry that does not answer', () => {
  const MANY = Array.from({ length: 40 }, (_, n) => `c${n}`)

  test('causes one warning, and everything is built', async () => {
    writeFlakeWith('fd', 'rg', 'bat')
    registry.fault({ path: /./, times: 99, action: { kind: 'status', status: 501 } })
    expect((await decided()).map(([, build, why]) => [build, why])).toEqual(
      Array(3).fill([true, 'cannot read the registry']),
    )
    expect(warnings()).toEqual([
      expect.stringMatching(/Cannot read the registry, so 3 containers may be built unnecessarily: /),
    ])
  })

  test('is not asked for the other containers', async () => {
    writeFlakeWith(...MANY)
    registry.fault({ path: /./, times: 999, action: { kind: 'status', status: 501 } })
    expect((await run()).matrix.include).toHaveLength(80)
    // The requests that run at the same time.
    expect(registry.log.filter(({ path }) => path.includes('/manifests/')).length).toBeLessThanOrEqual(8)
    expect(warnings()).toHaveLength(1)
  })

  test.each([
    ['127.0.0.1:1/o/{image}', /^nothing answers at 127\.0\.0\.1:1:/],
    ['registry.invalid/o/{image}', /registry\.invalid/],
  ])('is an error if the run pushes and there is no registry at the address: %s', async (image, message) => {
    writeFlakeWith(...MANY)
    const began = Date.now()
    expect((await rejection(run({ image }))).message).toMatch(message)
    expect(Date.now() - began).toBeLessThan(15_000)
    expect(uploaded).toEqual([])
  })

  test('gets few retries for a pull request, which builds everything', async () => {
    host.remove()
    host = onGitHub('refs/pull/5/merge', 'pull_request')
    writeFlakeWith(...MANY)
    const image = '127.0.0.1:1/o/{image}'
    const began = Date.now()
    expect((await run({ image })).matrix.include).toHaveLength(80)
    expect(Date.now() - began).toBeLessThan(15_000)
    expect(warnings()).toHaveLength(1)
  }, 30_000)
})

describe('destinations that the merge would refuse are errors', () => {
  test('one repository for two containers', async () => {
    writeFlakeWith('fd', 'rg')
    const image = `${registry.host}/o/app`
    const error = await rejection(run({ image }))
    expect(error.message).toBe(`fd and rg have the same destination: ${image}`)
    expect(error.hint).toContain('Use {name} in `image`')
    expect(uploaded).toEqual([])
    expect(registry.log).toEqual([])
  })

  test('a tag of another repository', async () => {
    writeFlakeWith('fd')
    const other = `${registry.host}/o/elsewhere`
    const error = await rejection(run({ tags: `${other}:1` }))
    expect(error.message).toBe(`\`tags\` contains a tag for ${other}, which is not a destination`)
    expect(error.hint).toBe(`The destinations are ${registry.host}/o/image-fd.`)
    expect(uploaded).toEqual([])
  })
})

describe('a registry without read access', () => {
  beforeEach(() => registry.fault({ path: /./, times: 99, action: { kind: 'status', status: 403 } }))
  const why = 'cannot read its repository (not found or no access)'

  test('is asked for every container, and causes one warning', async () => {
    writeFlakeWith('fd', 'rg', 'bat')
    expect(await decided()).toEqual(['bat', 'fd', 'rg'].map(name => [name, true, why]))
    for (const name of ['bat', 'fd', 'rg'])
      expect(registry.requests('GET', new RegExp(`image-${name}/manifests`))).not.toEqual([])
    expect(warnings()).toEqual([
      expect.stringMatching(/Cannot read .* from the registry \(not found or no access\); building them: /),
    ])
  })

  test('causes no warning for a pull request, which may have no credentials', async () => {
    host.remove()
    host = onGitHub('refs/pull/5/merge', 'pull_request')
    writeFlakeWith('fd')
    expect(await decided()).toEqual([['fd', true, why]])
    expect(warnings()).toEqual([])
  })
})

describe('a username without a password', () => {
  test('is ignored for a pull request, which has no secrets if it is from a fork', async () => {
    host.remove()
    host = onGitHub('refs/pull/5/merge', 'pull_request')
    writeFlakeWith('fd')
    publish('fd', ['latest'], built('fd'))
    expect((await run({ username: 'me' })).matrix.include).toEqual([])
  })

  test('is an error if the run pushes', async () => {
    writeFlakeWith('fd')
    expect((await rejection(run({ username: 'me' }))).message).toContain('the password is not')
  })
})

describe('outputs', () => {
  const named = (count: number, length: number): string[] =>
    Array.from({ length: count }, (_, n) => `c${n}-`.padEnd(length, 'x'))

  test('leaves `json` empty if the outputs are too large', async () => {
    writeFlakeWith(...named(2000, 60))
    const { document } = await run({ push: 'false', group: 'system' })
    expect(host.outputs.get('jobs')).toBe('2')
    expect(host.outputs.has('json')).toBe(false)
    expect(warnings()).toEqual([expect.stringMatching(/The output `json` is empty/)])
    expect(uploaded.map(text => parsePlan(text, 'x'))).toEqual([document])
  })

  test('fails if the matrix is too large', async () => {
    writeFlakeWith(...named(2000, 120))
    const error = await rejection(run({ push: 'false', group: 'system' }))
    expect(error.message).toBe("The matrix for 2000 containers exceeds GitHub's limit for outputs")
    expect(host.outputs.size).toBe(0)
  })
})

describe('a container that is missing', () => {
  test('for one system is logged, and planned for the other system', async () => {
    writeNix({ 'x86_64-linux': { fd: {} }, 'aarch64-linux': 'absent' })
    expect((await run()).matrix.include.map(({ system }) => system)).toEqual(['x86_64-linux'])
    expect(host.logged).toContain(
      `info: The flake ${localFlake()} has no containers for aarch64-linux; nothing is built for aarch64-linux`,
    )
  })

  test('for all systems gives an empty plan', async () => {
    writeNix({
      'x86_64-linux': {},
      'aarch64-linux': { fails: "flake does not provide attribute 'packages'" },
    })
    const { document, matrix } = await run()
    expect(document.containers).toEqual([])
    expect(host.outputs.get('matrix')).toBe('{"include":[]}')
    expect(host.outputs.get('jobs')).toBe('0')
    expect(host.logged).toContain(`info: The flake ${localFlake()} has no images: nothing to do`)
    expect(formatPlan(document, matrix)).toBe('No containers: nothing to do')
  })

  test('for all systems is an error if `containers` selects it', async () => {
    writeNix({ 'x86_64-linux': 'absent', 'aarch64-linux': 'absent' })
    expect((await rejection(run({ containers: 'fd' }))).message).toContain(
      'has no containers for x86_64-linux',
    )
  })

  test.each(['containers.{system}.{name}', 'packages.{system}.images.{name}'])(
    'for all systems is an error with `attribute: %s`',
    async attribute => {
      writeNix({ 'x86_64-linux': 'absent', 'aarch64-linux': 'absent' })
      expect((await rejection(run({ attribute }))).message).toContain(`The flake ${localFlake()} has no`)
      writeNix({ 'x86_64-linux': { fd: {} }, 'aarch64-linux': 'absent' })
      expect((await run({ attribute })).matrix.include).toHaveLength(1)
    },
  )

  test('is not searched if the attribute is the same for two systems', async () => {
    writeFlakeWith('fd')
    expect(await rejection(run({ attribute: 'containers.{name}' }))).toBeInstanceOf(UsageError)
  })

  test('because it throws for all systems is an error', async () => {
    writeNix({ 'x86_64-linux': { throws: ['fd'] }, 'aarch64-linux': { throws: ['fd'] } })
    const { message } = await rejection(run())
    expect(message).toContain(`No image of the flake ${localFlake()} evaluates`)
    expect(message).toContain(`packages.x86_64-linux.fd of the flake ${localFlake()}:\nerror: no version yet`)
  })

  test('because it throws for one system only is an error', async () => {
    writeNix({ 'x86_64-linux': { fd: {} }, 'aarch64-linux': { throws: ['fd'] } })
    const { message } = await rejection(run())
    expect(message).toContain('but not for aarch64-linux')
    expect(message).toContain('no version yet')
    expect(host.outputs.size).toBe(0)
  })

  test('because it throws causes a warning if it is not an image for another system', async () => {
    writeNix({ 'x86_64-linux': { fd: {} }, 'aarch64-linux': { throws: ['rg'] } })
    expect((await run()).matrix.include).toHaveLength(1)
    expect(warnings()).toEqual([
      'warning: Skipping rg for aarch64-linux: it does not evaluate: no version yet',
    ])
  })

  test('because the flake does not evaluate is an error', async () => {
    writeNix({ 'x86_64-linux': { fd: {} }, 'aarch64-linux': { fails: 'undefined variable' } })
    expect((await rejection(run())).message).toContain('undefined variable')
  })

  test('because the flake does not exist is an error', async () => {
    writeFlakeWith('fd')
    expect((await rejection(run({ flake: './absent' }))).message).toContain('does not exist')
  })
})

test('writes the plan to a file, and prints it as a table', async () => {
  writeFlakeWith('fd', 'longer')
  publish('fd', ['latest'], built('fd'))
  const file = join(host.temp, 'plan.json')
  const { document, matrix } = await run({ plan: file, group: 'system' })
  expect(parsePlan(readFileSync(file), file)).toEqual(document)
  const lines = formatPlan(document, matrix).split('\n')
  expect(lines[0]).toMatch(/^fd {6}x86_64-linux aarch64-linux {2}reuse {2}unchanged since 1\.2\.3 \(sha256:/)
  expect(lines[1]).toMatch(/^longer {2}x86_64-linux aarch64-linux {2}build {2}new: /)
  expect(lines[2]).toBe('1 container to build in 2 jobs, 1 unchanged')
})

test('prints one line for several unchanged containers', async () => {
  const names = Array.from({ length: 50 }, (_, n) => `app${n}`)
  const planned = { imageName: 'a', version: '1', systems: [], why: 'unchanged since 1.0.0' }
  const containers = [
    ...names.map(name => ({ ...planned, name, build: false })),
    { ...planned, name: 'fd', build: true, why: 'new' },
  ]
  const lines = formatPlan({ format: 1, containers }, { include: [] }).split('\n')
  expect(lines.slice(0, 2)).toEqual([
    'fd    build  new',
    '50 unchanged: app0, app1, app2, app3, app4, app5, app6, app7, app8 and 41 more',
  ])
})

test.each(Object.entries(KEY_FORMS))(
  'a plan with %s annotation keys is read with the current keys',
  async (_, prefix) => {
    writeFlakeWith('fd')
    const { document } = await run()
    expect(parsePlan(encodePlan(keysAs(prefix, document)), 'p.json')).toEqual(document)
  },
)

test.each([
  ['{"format":2}', 'its format is 2, not 1'],
  ['[]', 'it is not an object'],
  ['{"format":1,"containers":[{"name":"a"}]}', 'containers[0].imageName is not a string'],
  ['{', 'is not JSON'],
])('%s is not a plan', (text, why) => {
  expect(() => parsePlan(text, 'p.json')).toThrow(`p.json is not a plan`)
  expect(() => parsePlan(text, 'p.json')).toThrow(why)
})

test.each([
  [
    '{"format":2}',
    'Use the same version of nix-multiarch for the plan and the merge, and do not edit the plan file.',
  ],
  [
    '{"plan":{"format":1}}',
    'A plan is the file that `nix-multiarch plan` writes with `plan`, not its output.',
  ],
  ['# a list', 'A plan is the file that `nix-multiarch plan` writes with `plan`, not its output.'],
])('advice about %s in place of a plan', (text, hint) => {
  expect(() => parsePlan(text, 'p.json')).toThrow(expect.objectContaining({ hint }))
})

describe('a plan with `attest` in a private repository without Enterprise Cloud', () => {
  let github: GitHubStandIn
  beforeEach(async () => {
    github = await serveGitHubApi({ repository: 'Owner/app' })
    Object.assign(github.state, { visibility: 'private' })
  })
  afterEach(() => github.close())

  function makePrivate(): void {
    const event = JSON.parse(readFileSync(host.env.GITHUB_EVENT_PATH ?? '', 'utf8'))
    const repository = { ...event.repository, private: true, owner: { type: 'Organization' } }
    const payload = { ...event, repository, organization: { login: 'Owner' } }
    writeFileSync(host.env.GITHUB_EVENT_PATH ?? '', JSON.stringify(payload))
    Object.assign(host.env, { GITHUB_API_URL: github.url, GITHUB_TOKEN: 'reader' })
  }

  test('is refused before the flake is evaluated', async () => {
    makePrivate()
    // No Nix is installed in this test, so an evaluation would fail.
    await expect(run({ attest: 'true' })).rejects.toThrow('Owner/app cannot be attested: it is private')
    expect(uploaded).toEqual([])
  })

  test.each(['key', 'public-log', 'false'])('is made with attest: %s', async attest => {
    makePrivate()
    writeFlakeWith('fd')
    expect((await run({ attest })).matrix.include).toHaveLength(2)
  })

  test.each([
    ['refs/heads/main', 'push', { push: 'false' }],
    ['refs/pull/5/merge', 'pull_request', {}],
  ])('is made if the run does not push: %s, %s, %j', async (ref, event, given) => {
    host.remove()
    host = onGitHub(ref, event)
    makePrivate()
    writeFlakeWith('fd')
    await run({ attest: 'true', ...given })
    expect(host.logged.join('\n')).toContain('nothing is signed, because this run does not push')
  })
})

import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { createGitHubHost } from '../../src/host/github.js'
import type { Artifact, Artifacts, OpenHost } from '../../src/host/host.js'
import { UserError } from '../../src/util/error.js'
import { type ResultsServiceStandIn, startResultsService } from '../support/results-service.js'
import { startWebProxy, type WebProxyServer } from '../support/web-proxy.js'

const ENVIRONMENT = { ...process.env }

// Some tests wait for a timeout of the client.
jest.setTimeout(20_000)

let folder: string
let host: OpenHost
let service: ResultsServiceStandIn
let output: string

/** The client waits 3 s before it repeats a call, and 30 s for the next bytes of a download. A call is given up after 60 s. */
const SPEED = 30

beforeAll(() => {
  jest.spyOn(process.stdout, 'write').mockImplementation(text => {
    output += text
    return true
  })
  const { setTimeout: start } = globalThis
  const startFaster = (run: () => void, ms = 0, ...rest: []): NodeJS.Timeout =>
    start(run, ms / SPEED, ...rest)
  jest.spyOn(globalThis, 'setTimeout').mockImplementation(startFaster as typeof setTimeout)
})

afterAll(() => {
  jest.restoreAllMocks()
})

beforeEach(async () => {
  output = ''
  folder = await mkdtemp(join(tmpdir(), 'artifacts-'))
  service = await startResultsService()
  Object.assign(process.env, service.environment(), { RUNNER_TEMP: folder })
  delete process.env.GITHUB_SERVER_URL
  host = createGitHubHost(new AbortController().signal, { attempts: 3, firstWaitMs: 5 })
})

afterEach(async () => {
  host.dispose()
  await service.close()
  await rm(folder, { recursive: true })
  process.env = { ...ENVIRONMENT }
})

function artifacts(): Artifacts {
  if (!host.artifacts) throw new Error('no artifacts')
  return host.artifacts
}

async function fileWith(content: Uint8Array | string, name = 'fd-x86_64-linux.oci.tar'): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, content)
  return path
}

function operations(): string[] {
  return service.requests.map(({ operation }) => operation)
}

/** The files in the download folder. Empty if it was not created. */
async function downloaded(): Promise<string[]> {
  return readdir(join(folder, 'in')).catch(() => [])
}

function download(artifact: Artifact): Promise<string> {
  return artifacts().download(artifact, join(folder, 'in'))
}

async function failureOf(promise: Promise<unknown>): Promise<UserError> {
  const error = await promise.then(
    () => undefined,
    (failure: unknown) => failure,
  )
  if (error instanceof UserError) return error
  throw new Error(`not a UserError: ${error}`, { cause: error })
}

describe('a round trip', () => {
  test('20 MB are unchanged, not zipped, and keep their name', async () => {
    const content = randomBytes(20_000_000)
    const sent = await artifacts().upload(await fileWith(content))
    expect(sent).toEqual({
      id: expect.any(Number),
      name: 'fd-x86_64-linux.oci.tar',
      size: 20_000_000,
      digest: service.artifacts()[0]?.digest,
    })
    expect(service.artifacts()).toMatchObject([{ mimeType: 'application/x-tar', size: 20_000_000 }])
    expect(await artifacts().list()).toEqual([sent])

    const path = await download(sent)
    expect(path).toBe(join(folder, 'in', 'fd-x86_64-linux.oci.tar'))
    expect((await readFile(path)).equals(content)).toBe(true)
    expect(await downloaded()).toEqual(['fd-x86_64-linux.oci.tar'])
  })

  test('several files can be uploaded and downloaded concurrently', async () => {
    const names = ['a-x86_64-linux.oci.tar', 'a-aarch64-linux.oci.tar', 'b-x86_64-linux.oci.tar']
    const files = await Promise.all(names.map(name => fileWith(`content of ${name}`, name)))
    await Promise.all(files.map(file => artifacts().upload(file)))

    const found = await artifacts().list()
    expect(found.map(({ name }) => name)).toEqual([...names].sort())
    const paths = await Promise.all(found.map(download))
    for (const [index, path] of paths.entries())
      expect(await readFile(path, 'utf8')).toBe(`content of ${found[index]?.name}`)
  })

  test('the output of the client is in one group for each upload', async () => {
    await host.log.group('Build', () => fileWith('x').then(file => artifacts().upload(file)))
    await artifacts().upload(await fileWith('y', 'b.oci.tar'))
    expect(output.match(/^::(end)?group::.*$/gm)).toEqual([
      '::group::Build',
      '::endgroup::',
      '::group::Upload b.oci.tar',
      '::endgroup::',
    ])
  })

  test('list and download print nothing but the signatures to mask', async () => {
    service.add({ name: 'a.oci.tar', content: Buffer.from('a') })
    service.fail({ operation: 'ListArtifacts', status: 502 })
    service.fail({ operation: 'GET blob', status: 503 })
    const [artifact] = await artifacts().list()
    await Promise.all([
      download(artifact as Artifact),
      host.log.group('Meanwhile', async () => host.log.info('printed')),
    ])
    const lines = output.trimEnd().split('\n')
    const others = lines.filter(line => !/^::(add-mask|debug)::/.test(line))
    expect(others).toEqual(['::group::Meanwhile', 'printed', '::endgroup::'])
    expect(lines.filter(line => line.startsWith('::debug::'))).toEqual([
      expect.stringMatching(/^::debug::Unexpected HTTP response from blob storage: 503 .*; trying again in /),
    ])
    expect(output).not.toContain('sig=')
  })

  test('a download gets the name of the artifact, not the name in the response', async () => {
    service.add({ name: 'a.oci.tar', content: Buffer.from('content'), fileName: '../b.oci.tar' })
    const [artifact] = await artifacts().list()
    await download(artifact as Artifact)
    expect(await downloaded()).toEqual(['a.oci.tar'])
    expect((await readdir(folder)).sort()).toEqual(['in'])
  })

  test('an artifact without a digest is verified by its size', async () => {
    service.add({ name: 'a.oci.tar', content: Buffer.from('content'), digest: null })
    const [artifact] = await artifacts().list()
    expect(await readFile(await download(artifact as Artifact), 'utf8')).toBe('content')
  })

  test('a symbolic link uploads its target', async () => {
    const link = join(folder, 'link.oci.tar')
    await symlink(await fileWith('content'), link)
    const sent = await artifacts().upload(link)
    expect(sent).toMatchObject({ name: 'link.oci.tar', size: 7 })
  })
})

describe('artifacts of an earlier attempt', () => {
  test('are replaced by those of the same name', async () => {
    await artifacts().upload(await fileWith('first'))
    const second = await artifacts().upload(await fileWith('second'))
    expect(await artifacts().list()).toEqual([second])
    expect(await readFile(await download(second), 'utf8')).toBe('second')
  })

  test('are all replaced if more than one has the name', async () => {
    service.add({ name: 'fd-x86_64-linux.oci.tar', content: Buffer.from('first'), job: 'a' })
    service.add({ name: 'fd-x86_64-linux.oci.tar', content: Buffer.from('second'), job: 'b' })
    service.add({ name: 'other.oci.tar', content: Buffer.from('other') })
    const { id } = await artifacts().upload(await fileWith('third'))
    expect(service.artifacts().map(({ name, id }) => [name, id])).toEqual([
      ['other.oci.tar', expect.any(Number)],
      ['fd-x86_64-linux.oci.tar', id],
    ])
  })

  test('may disappear before they are deleted', async () => {
    service.add({ name: 'fd-x86_64-linux.oci.tar', content: Buffer.from('first'), job: 'other' })
    service.fail({ operation: 'DeleteArtifact', status: 404 })
    const [before] = service.artifacts()
    await artifacts().upload(await fileWith('second'))
    expect(service.artifacts().map(({ id }) => id)).not.toContain(before?.id)
  })

  test('are listed beside newer ones of the same name, because another job may have uploaded those', async () => {
    const first = service.add({ name: 'a.oci.tar', content: Buffer.from('old') })
    const newest = service.add({ name: 'a.oci.tar', content: Buffer.from('newer') })
    service.add({ name: 'a.oci.tar', content: Buffer.from('of another run'), run: 'other' })
    expect(await artifacts().list()).toMatchObject([
      { id: first, name: 'a.oci.tar', size: 3 },
      { id: newest, name: 'a.oci.tar', size: 5 },
    ])
  })

  test('an artifact that was replaced meanwhile is an error', async () => {
    const sent = await artifacts().upload(await fileWith('first'))
    await artifacts().upload(await fileWith('second'))
    const failure = await failureOf(download(sent))
    expect(failure.message).toBe('The artifact fd-x86_64-linux.oci.tar does not exist any more')
    expect(failure.hint).toContain('run this job again')
  })
})

describe('transient errors', () => {
  test('calls and downloads are retried, each download with a new URL', async () => {
    service.add({ name: 'a.oci.tar', content: Buffer.from('content') })
    service.fail({ operation: 'ListArtifacts', status: 502, times: 2 })
    service.fail({ operation: 'GetSignedArtifactURL', status: 429, headers: { 'retry-after': '0' } })
    service.fail({ operation: 'GET blob', status: 503, times: 2 })
    const [artifact] = await artifacts().list()
    expect(await readFile(await download(artifact as Artifact), 'utf8')).toBe('content')
    expect(operations().filter(operation => operation === 'GetSignedArtifactURL')).toHaveLength(4)
  })

  test('a failed upload is retried', async () => {
    const content = randomBytes(9_000_000)
    service.fail({ operation: 'PUT block', status: 500 })
    service.fail({ operation: 'PUT blocklist', status: 503 })
    await artifacts().upload(await fileWith(content))
    expect(service.artifacts()[0]?.content.equals(content)).toBe(true)
    expect(operations().filter(operation => operation === 'PUT block')).toHaveLength(3)
  })

  test('an interrupted download starts again', async () => {
    const content = randomBytes(3_000_000)
    service.add({ name: 'a.oci.tar', content })
    service.fail({ operation: 'GET blob', cutAfter: 1_000_000, times: 2 })
    const [artifact] = await artifacts().list()
    expect((await readFile(await download(artifact as Artifact))).equals(content)).toBe(true)
    expect(await downloaded()).toEqual(['a.oci.tar'])
  })

  test('a stalled download starts again', async () => {
    service.add({ name: 'a.oci.tar', content: Buffer.from('content') })
    service.fail({ operation: 'GET blob', stallAfter: 3 })
    const [artifact] = await artifacts().list()
    expect(await readFile(await download(artifact as Artifact), 'utf8')).toBe('content')
    expect(await downloaded()).toEqual(['a.oci.tar'])
  })

  test.each(['ListArtifacts', 'GetSignedArtifactURL', 'GET blob'])(
    'a call of %s that gets no answer is repeated',
    async operation => {
      service.add({ name: 'a.oci.tar', content: Buffer.from('content') })
      const [artifact] = await artifacts().list()
      service.fail({ operation, stall: true })
      if (operation === 'ListArtifacts') expect(await artifacts().list()).toEqual([artifact])
      expect(await readFile(await download(artifact as Artifact), 'utf8')).toBe('content')
      expect(await downloaded()).toEqual(['a.oci.tar'])
    },
  )

  test.each(['ListArtifacts', 'GetSignedArtifactURL'])(
    'a call of %s that was repeated does nothing more when its answer arrives',
    async operation => {
      service.add({ name: 'a.oci.tar', content: Buffer.from('content') })
      const [artifact] = await artifacts().list()
      service.fail({ operation, delayMs: 75_000 })
      expect(await readFile(await download(artifact as Artifact), 'utf8')).toBe('content')
      const write = process.stdout.write
      while (process.stdout.write === write) await new Promise(resolve => setTimeout(resolve, 300))
      const count = (wanted: string): number => operations().filter(each => each === wanted).length
      expect([count('GetSignedArtifactURL'), count('GET blob')]).toEqual([
        operation === 'ListArtifacts' ? 1 : 2,
        1,
      ])
      expect(await downloaded()).toEqual(['a.oci.tar'])
      expect(output).not.toContain('sig=')
    },
  )

  test('a download with wrong content is retried', async () => {
    service.add({ name: 'a.oci.tar', content: Buffer.from('content') })
    service.fail({ operation: 'GET blob', corrupt: true })
    const [artifact] = await artifacts().list()
    expect(await readFile(await download(artifact as Artifact), 'utf8')).toBe('content')
  })
})

describe('permanent errors', () => {
  test.each([
    ['a wrong digest', { corrupt: true }, 'its content does not have the digest sha256:'],
    ['an interruption', { cutAfter: 3 }, 'Blob storage chunk did not respond'],
    ['a refusal', { status: 403 }, 'Unexpected HTTP response from blob storage: 403'],
  ])('%s is an error and leaves no file', async (_what, fault, words) => {
    service.add({ name: 'a.oci.tar', content: Buffer.from('content') })
    service.fail({ operation: 'GET blob', times: 99, ...fault })
    const [artifact] = await artifacts().list()
    const failure = await failureOf(download(artifact as Artifact))
    expect(failure.message).toContain('The artifact a.oci.tar cannot be downloaded: ')
    expect(failure.message).toContain(words)
    expect(failure.message).not.toContain('sig=')
    expect(failure.hint).toContain('githubstatus.com')
    expect(await downloaded()).toEqual([])
    expect(operations().filter(operation => operation === 'GET blob')).toHaveLength(3)
  })

  test('a wrong digest of the service is an error', async () => {
    service.add({ name: 'a.oci.tar', content: Buffer.from('x'), digest: `sha256:${'0'.repeat(64)}` })
    const [artifact] = await artifacts().list()
    expect((await failureOf(download(artifact as Artifact))).message).toContain(
      `does not have the digest sha256:${'0'.repeat(64)}`,
    )
    expect(await downloaded()).toEqual([])
  })

  test('a zipped artifact is an error with a hint', async () => {
    service.add({ name: 'a.oci.tar', content: Buffer.from('PK\x03\x04'), mimeType: 'application/zip' })
    const [artifact] = await artifacts().list()
    const failure = await failureOf(download(artifact as Artifact))
    expect(failure.message).toBe('The artifact a.oci.tar is a zip file, not the file itself')
    expect(failure.hint).toContain('archive: false')
  })

  test('a folder that cannot be written is an error without retries', async () => {
    service.add({ name: 'a.oci.tar', content: Buffer.from('content') })
    const [artifact] = await artifacts().list()
    const failure = await failureOf(
      artifacts().download(artifact as Artifact, join(await fileWith('x'), 'in')),
    )
    expect(failure.message).toMatch(/^An artifact cannot be written to .*ENOTDIR.*mkdir/)
    expect(operations()).not.toContain('GET blob')
  })

  test.each(['.', '..'])('a response with the file name %j is an error', async fileName => {
    service.add({ name: 'a.oci.tar', content: Buffer.from('content'), fileName })
    const [artifact] = await artifacts().list()
    const failure = await failureOf(download(artifact as Artifact))
    expect(failure.message).toMatch(/^An artifact cannot be written to .*EISDIR/)
    expect(await downloaded()).toEqual([])
    expect(operations().filter(operation => operation === 'GET blob')).toHaveLength(1)
  })

  test.each([
    [
      403,
      'insufficient usage to create artifact',
      'Artifact storage quota has been hit',
      'artifacts is full',
    ],
    [403, 'forbidden', '(403) Forbidden: forbidden', 'only valid while its job runs'],
    [400, 'malformed', '(400) Bad Request: malformed', 'githubstatus.com'],
  ])(
    'an upload that is rejected with %i %s is an error with a hint',
    async (status, message, reason, hint) => {
      service.fail({ operation: 'CreateArtifact', status, message })
      const failure = await failureOf(artifacts().upload(await fileWith('x')))
      expect(failure.message).toContain(
        `fd-x86_64-linux.oci.tar cannot be uploaded as an artifact: Failed to CreateArtifact: ${reason}`,
      )
      expect(failure.hint).toContain(hint)
    },
  )

  test('a name that another job uploads twice at the same time is an error', async () => {
    service.fail({ operation: 'CreateArtifact', status: 409, message: 'already exists', times: 2 })
    const failure = await failureOf(artifacts().upload(await fileWith('x')))
    expect(failure.hint).toContain('Two jobs')
    expect(operations().filter(operation => operation === 'CreateArtifact')).toHaveLength(2)
  })

  test('an upload of a file that changes is an error', async () => {
    const file = await fileWith('x')
    service.fail({ operation: 'ListArtifacts', delayMs: 3000 })
    const uploading = failureOf(artifacts().upload(file))
    while (operations().length === 0) await new Promise(resolve => setTimeout(resolve, 30))
    await fileWith('xyz')
    expect((await uploading).message).toBe(
      'fd-x86_64-linux.oci.tar cannot be uploaded as an artifact: 3 bytes were uploaded instead of 1',
    )
    expect(operations().filter(operation => operation === 'CreateArtifact')).toHaveLength(3)
  })

  test('an unreachable service is an error', async () => {
    process.env.ACTIONS_RESULTS_URL = 'http://127.0.0.1:1'
    const failure = await failureOf(artifacts().list())
    expect(failure.message).toBe(
      'The artifacts of this run cannot be listed: the artifact service cannot be reached: ECONNREFUSED',
    )
    expect(failure.hint).toContain('self-hosted')
  })
})

describe('names', () => {
  test.each(['a:b', 'a"b', 'a<b', 'a>b', 'a|b', 'a*b', 'a?b', 'a\rb', 'a\nb', 'a\\b'])(
    '%j cannot be uploaded',
    async name => {
      const failure = await failureOf(artifacts().upload(await fileWith('x', name)))
      expect(failure.message).toContain('cannot be the name of an artifact')
      expect(failure.hint).toContain('rename the file')
      expect(service.requests).toEqual([])
    },
  )

  test.each(['../escape', '/etc/escape', '..', '.', 'a\\b'])('%j cannot be downloaded', async name => {
    await mkdir(join(folder, 'in'))
    service.add({ name, content: Buffer.from('x') })
    const [artifact] = await artifacts().list()
    expect((await failureOf(download(artifact as Artifact))).message).toContain('cannot be the name')
    expect(await downloaded()).toEqual([])
    expect((await readdir(folder)).sort()).toEqual(['in'])
  })
})

describe('a proxy', () => {
  let proxy: WebProxyServer

  beforeEach(async () => {
    proxy = await startWebProxy(Number(new URL(service.origin).port))
    process.env.ACTIONS_RESULTS_URL = 'http://results.test/'
    process.env.http_proxy = `http://${proxy.address}`
  })

  afterEach(() => proxy.close())

  test('is used for every request', async () => {
    const sent = await artifacts().upload(await fileWith('content'))
    await artifacts().upload(await fileWith('new content'))
    const [artifact] = await artifacts().list()
    expect(await readFile(await download(artifact as Artifact), 'utf8')).toBe('new content')
    expect(artifact?.id).not.toBe(sent.id)

    // The content is uploaded by absolute URLs, as blocks and a list of blocks. All other requests have a tunnel.
    const uploads = proxy.asked.filter(each => each.startsWith('PUT http://results.test/devstore/results/'))
    const tunnels = proxy.asked.filter(each => each === 'CONNECT results.test:80')
    expect([uploads.length, tunnels.length]).toEqual([4, service.requests.length - 4])
    expect(proxy.asked).toHaveLength(service.requests.length)
  })

  test.each<[string, (address: string) => Record<string, string>]>([
    ['ALL_PROXY', address => ({ ALL_PROXY: `http://${address}` })],
    ['HTTP_PROXY without a scheme', address => ({ HTTP_PROXY: address })],
    [
      'http_proxy, not the one in HTTP_PROXY',
      address => ({ http_proxy: `http://${address}`, HTTP_PROXY: 'http://127.0.0.1:1' }),
    ],
    [
      'http_proxy, if ALL_PROXY is a SOCKS proxy',
      address => ({ http_proxy: `http://${address}`, ALL_PROXY: 'socks5://127.0.0.1:1' }),
    ],
  ])('can be set in %s', async (_, variables) => {
    delete process.env.http_proxy
    Object.assign(process.env, variables(proxy.address))
    const before = { ...process.env }
    await download(await artifacts().upload(await fileWith('content')))
    expect(proxy.asked).toHaveLength(service.requests.length)
    expect(proxy.asked.length).toBeGreaterThan(4)
    expect(process.env).toEqual(before)
  })

  test('that never answers is an error', async () => {
    const silent = await startWebProxy(0, { silent: true })
    process.env.http_proxy = `http://${silent.address}`
    try {
      expect((await failureOf(artifacts().list())).message).toBe(
        'The artifacts of this run cannot be listed: the call did not end within 1 min 00 s',
      )
      expect(silent.connections()).toBe(3)
    } finally {
      await silent.close()
    }
  })

  test('is not used for the hosts in no_proxy', async () => {
    process.env.no_proxy = 'results.test'
    expect((await failureOf(artifacts().list())).message).toContain(
      'the artifact service cannot be reached: ',
    )
    expect(proxy.asked).toEqual([])
  })
})

describe('no service', () => {
  test.each(['ACTIONS_RESULTS_URL', 'ACTIONS_RUNTIME_TOKEN'])('a missing %s is an error', async variable => {
    delete process.env[variable]
    const failure = await failureOf(artifacts().upload(await fileWith('x')))
    expect(failure.message).toBe(`No artifact service was found: ${variable} is not set`)
    expect(failure.hint).toContain('in a folder')
  })

  test('GitHub Enterprise Server is an error', async () => {
    process.env.GITHUB_SERVER_URL = 'https://git.example.com'
    expect((await failureOf(artifacts().list())).message).toContain(
      'GitHub Enterprise Server does not support artifacts',
    )
    expect(output).toBe('')
  })

  test.each(['https://github.com', 'https://octo.ghe.com', 'http://git.localhost'])(
    '%s has a service',
    async url => {
      process.env.GITHUB_SERVER_URL = url
      expect(await artifacts().list()).toEqual([])
    },
  )

  test.each(['nonsense', 'a.b.c', `a.${Buffer.from('{"scp":"Other:1:2"}').toString('base64url')}.c`])(
    'an error about the token %s does not quote it',
    async token => {
      process.env.ACTIONS_RUNTIME_TOKEN = token
      const { message } = await failureOf(artifacts().list())
      expect(message).toContain('ACTIONS_RUNTIME_TOKEN')
      expect(message).not.toContain(token)
    },
  )

  test('files that cannot be read are an error before any request', async () => {
    expect((await failureOf(artifacts().upload(join(folder, 'none.tar')))).message).toContain('ENOENT')
    expect((await failureOf(artifacts().upload(folder))).message).toContain('is not a file')
    expect(service.requests).toEqual([])
  })
})

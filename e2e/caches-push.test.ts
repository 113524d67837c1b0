import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { parseResult } from '../__tests__/support/output.js'
import { startResultsService } from '../__tests__/support/results-service.js'
import type { CacheCheck } from '../src/command/cache.js'
import type { BuiltArchive } from '../src/command/shared/build-report.js'
import type { ExecResult } from '../src/util/exec.js'
import { type JobResult, runJob } from './support/action.js'
import { type CachixStandIn, startCachix } from './support/cachix.js'
import { type Machine, type MachineOptions, openMachine, outputOf, resultOf } from './support/machine.js'
import { leaksBelow, leaksIn } from './support/planted.js'
import { recordingCachix } from './support/recording-cachix.js'
import { addFlake, type KeyPair, makeKey } from './support/signed-cache.js'

const TOKEN = 'plantedTokenOfCachix'
const SIGNING_KEY = 'plantedSigningKeyOfCachix'
const PASSWORD = 'plantedPasswordOfNetrc'
const NETRC = `machine 127.0.0.1 login me password ${PASSWORD}`

const CURRENT: MachineOptions = { nix: 'current' }
const OLD: MachineOptions = { nix: 'debian-12' }
const MACHINES: readonly (readonly [string, MachineOptions])[] = [
  ['current Nix', CURRENT],
  ['Nix 2.8', OLD],
  [
    'a user without privileges who is a trusted user of a daemon',
    { user: 'runner', daemon: true, conf: ['trusted-users = root runner'] },
  ],
]

let key: KeyPair
let planted: Readonly<Record<string, string>>
beforeAll(async () => {
  const machine = openMachine()
  key = await makeKey(machine, 'e2e-push-1')
  const secretKey = key.secretKey.trim().replace(/^.*:/, '')
  planted = { token: TOKEN, signingKey: SIGNING_KEY, password: PASSWORD, secretKey }
  machine.remove()
})

let machine: Machine
/** The folder with the paths that were pushed to the stand-in over HTTP. */
let pushed: string
let server: CachixStandIn
let outputs: string[]
beforeEach(async () => {
  machine = openMachine()
  addFlake(machine)
  pushed = join(machine.work, 'pushed')
  mkdirSync(pushed)
  writeFileSync(join(pushed, 'nix-cache-info'), 'StoreDir: /nix/store\n')
  server = await startCachix({
    pushed: { folder: pushed, publicSigningKeys: [key.publicKey], token: PASSWORD },
    mine: { folder: pushed, publicSigningKeys: [key.publicKey] },
  })
  outputs = []
})
afterEach(async () => {
  await server.close()
  const leaks = [...leaksIn(outputs.join('\n'), planted), ...leaksBelow(machine.folder, planted)]
  machine.remove()
  expect(leaks).toEqual([])
})

async function run(command: readonly string[], options: MachineOptions, on = machine): Promise<ExecResult> {
  const result = await on.cli([...command, '--flake', 'path:flake', '--json', '--verbose'], options)
  outputs.push(result.stdout, result.stderr)
  return result
}

const APP = ['--containers', 'app']
/** The built paths, and the flake's `bin`, to which the image refers. */
const CLOSURE = ['app.tar', 'bin', 'tool']
const digestOf = (result: ExecResult): string | undefined => resultOf<BuiltArchive[]>(result)[0]?.digest

/** The digest of the image that a new machine downloads from a cache. */
async function digestFrom(cache: string, options: MachineOptions): Promise<string | undefined> {
  const empty = openMachine()
  try {
    addFlake(empty)
    const flags = ['--extra-substituters', cache, '--extra-trusted-public-keys', key.publicKey]
    const result = await run(['build', ...APP, ...flags], options, empty)
    expect(result.stderr).not.toMatch(/building '.*\.drv'/)
    return digestOf(result)
  } finally {
    empty.remove()
  }
}

/** The names of the store paths in a cache. */
const namesIn = (folder: string): string[] =>
  readdirSync(folder)
    .filter(name => name.endsWith('.narinfo'))
    .map(name => /^StorePath: \S{44}(.*)/m.exec(readFileSync(join(folder, name), 'utf8'))?.[1] ?? '')
    .sort()

describe.each(MACHINES)('%s', (_, options) => {
  test('pushes the built paths, signed, to a store, and another machine downloads them', async () => {
    const folder = join(machine.work, 'cache')
    const env = { NIX_MULTIARCH_SECRET_KEY: key.secretKey }
    const result = await run(['build', ...APP, '--push-to', `file://${folder}`], { ...options, env })
    expect(result.stderr).toContain(`Pushed 2 paths to file://${folder}`)
    expect(namesIn(folder)).toEqual(CLOSURE)
    expect(await digestFrom(`file://${folder}`, CURRENT)).toBe(digestOf(result))
  })

  test('does the same over HTTP, with credentials from a netrc', async () => {
    const uri = server.uri('pushed')
    const env = { NIX_MULTIARCH_SECRET_KEY: key.secretKey, NIX_MULTIARCH_NETRC: NETRC }
    const result = await run(['build', ...APP, '--push-to', uri], { ...options, env })
    expect(namesIn(pushed)).toEqual(CLOSURE)
    const netrc = { NIX_MULTIARCH_NETRC: NETRC }
    expect(await digestFrom(uri, { ...OLD, env: netrc })).toBe(digestOf(result))
  })

  test('passes the paths to the cachix program on standard input, and the secrets in its environment', async () => {
    const cachix = recordingCachix(machine)
    const env = { ...cachix.env, CACHIX_AUTH_TOKEN: TOKEN, CACHIX_SIGNING_KEY: SIGNING_KEY }
    const flags = ['--cachix', 'mine', '--cachix-host', server.host]
    outputOf(await run(['build', ...APP, ...flags], { ...options, env }))
    const [call] = cachix.calls()
    expect(call).toEqual({
      args: ['--hostname', server.host, 'push', 'mine'],
      names: ['app.tar', 'tool'],
      has: { CACHIX_AUTH_TOKEN: cachix.mark(TOKEN), CACHIX_SIGNING_KEY: cachix.mark(SIGNING_KEY) },
    })
  })
})

test('if the image has a stream script, the script is built and pushed instead of the image', async () => {
  const folder = join(machine.work, 'cache')
  const flags = ['--containers', 'streaming', '--push-to', `file://${folder}`]
  const [built] = resultOf<BuiltArchive[]>(await run(['build', ...flags], CURRENT))
  expect(built?.derivation).toMatch(/-streaming\.tar\.drv$/)
  expect(namesIn(folder)).toEqual(['bin', 'streaming-stream.tar', 'tool'])
})

describe('failures', () => {
  test('if one container fails to build, the paths of the other containers are pushed', async () => {
    const folder = join(machine.work, 'cache')
    const flags = ['--push-to', `file://${folder}`]
    const broken = await run(['build', '--containers', 'broken', ...flags], CURRENT)
    expect(broken.code).toBe(1)
    expect(existsSync(folder)).toBe(false)
    const both = await run(['build', '--containers', 'app broken', ...flags], CURRENT)
    expect(both.code).toBe(1)
    expect(namesIn(folder)).toEqual(CLOSURE)
  })

  test('if a push fails, the command fails, but the other target still gets the paths', async () => {
    const cachix = recordingCachix(machine)
    Object.assign(server, { faultPaths: /^\/caches\/pushed\//, fault: 500 })
    const env = { ...cachix.env, CACHIX_AUTH_TOKEN: TOKEN, NIX_MULTIARCH_SECRET_KEY: key.secretKey }
    const conf = ['--nix-conf', 'download-attempts = 2']
    const flags = [
      '--cachix',
      'mine',
      '--cachix-host',
      server.host,
      '--push-to',
      server.uri('pushed'),
      ...conf,
    ]
    const result = await run(['build', ...APP, ...flags], { ...CURRENT, env })
    expect(result.code).toBe(1)
    expect(result.stderr).toContain(`error: Pushing to ${server.uri('pushed')} failed:`)
    expect(result.stderr).toMatch(/app for x86_64-linux: built /)
    expect(existsSync(join(machine.work, 'archives/app-x86_64-linux.oci.tar'))).toBe(true)
    expect(cachix.calls()).toHaveLength(1)
  })

  test('if the cachix program fails, the error contains its output with secrets masked', async () => {
    const cachix = recordingCachix(machine, `echo "cannot push with $CACHIX_AUTH_TOKEN" >&2; exit 3`)
    const env = { ...cachix.env, CACHIX_AUTH_TOKEN: TOKEN }
    const result = await run(['build', ...APP, '--cachix', 'mine', '--cachix-host', server.host], { env })
    expect(result.code).toBe(1)
    expect(result.stderr).toContain('error: Pushing to the Cachix cache mine failed:\ncannot push with ***')
  })

  test('a malformed secret key is an error that does not show the key, and nothing is built', async () => {
    const env = { NIX_MULTIARCH_SECRET_KEY: `key:${SIGNING_KEY}` }
    const result = await run(['build', ...APP, '--push-to', server.uri('mine')], { env })
    expect(result.code).toBe(2)
    expect(JSON.parse(result.stdout)).toMatchObject({ exitCode: 2, error: { kind: 'usage' } })
    expect(result.stdout).not.toContain(SIGNING_KEY)
    expect(result.stderr).toContain('error: `NIX_MULTIARCH_SECRET_KEY`: it is not a secret key')
    expect(namesIn(pushed)).toEqual([])
  })
})

describe('the action', () => {
  const build = async (event: object): Promise<JobResult> => {
    const cachix = recordingCachix(machine)
    const service = await startResultsService()
    const file = join(machine.work, 'event.json')
    writeFileSync(file, JSON.stringify(event))
    try {
      const inputs = {
        flake: `path:${join(machine.work, 'flake')}`,
        containers: 'app',
        cachix: 'mine',
        'cachix-host': server.host,
        'cachix-auth-token': TOKEN,
        'push-to': server.uri('mine'),
        'secret-key': key.secretKey,
        cache: 'false',
      }
      const env = { ...cachix.env, GITHUB_EVENT_NAME: 'pull_request', GITHUB_EVENT_PATH: file }
      return await runJob({ machine, service, temp: join(machine.work, 'temp'), env }, [
        { action: '.', inputs },
      ])
    } finally {
      await service.close()
    }
  }
  const pullRequest = (head: string): object => ({
    pull_request: { head: { repo: { full_name: head } } },
    repository: { full_name: 'OWNER/project' },
  })
  /** The log without `add-mask` commands, which the runner does not print. */
  const logOf = ({ steps, posts }: JobResult): string =>
    [...steps, ...posts]
      .map(({ stdout, stderr }) => stdout.replace(/^::add-mask::.*$/gm, '') + stderr)
      .join('')

  test('pushes nothing for a pull request from a fork, and logs the reason', async () => {
    const job = await build(pullRequest('SOMEONE/project'))
    outputs.push(logOf(job))
    expect(job.steps[0]).toMatchObject({ code: 0, outputs: { containers: 'app' } })
    expect(logOf(job)).toContain('Nothing is pushed to binary caches: this is a pull request from a fork')
    expect(namesIn(pushed)).toEqual([])
    expect(recordingCachix(machine).calls()).toEqual([])
  })

  test('pushes for a pull request from the same repository', async () => {
    const job = await build(pullRequest('OWNER/project'))
    outputs.push(logOf(job))
    expect(job.steps[0]?.code).toBe(0)
    expect(namesIn(pushed)).toEqual(CLOSURE)
    expect(recordingCachix(machine).calls()).toHaveLength(1)
  })
})

describe.each([
  ['current Nix', CURRENT],
  ['Nix 2.8', OLD],
] as const)('cache check and push with %s', (_, options) => {
  const ask = (verb: string, ...flags: string[]): Promise<ExecResult> => {
    const env = { NIX_MULTIARCH_SECRET_KEY: key.secretKey, NIX_MULTIARCH_NETRC: NETRC }
    return run(['cache', verb, ...flags], { ...options, env })
  }
  const cache = async (...command: [string, ...string[]]): Promise<[number, CacheCheck[]]> => {
    const result = await ask(...command)
    return [result.code, parseResult<CacheCheck[]>(result.stdout)]
  }

  test('check reports missing paths before the push and none after it', async () => {
    const store = ['--store', server.uri('pushed')]
    const [before, checks] = await cache('check', ...APP, ...store)
    expect(before).toBe(1)
    expect(checks).toMatchObject([{ container: 'app', system: 'x86_64-linux', cached: false }])
    expect(checks[0]?.lacking.map(name => name.slice(33))).toEqual(['tool.drv', 'app.tar.drv'])
    outputOf(await run(['build', ...APP], options))
    const [after, left] = await cache('push', ...APP, ...store)
    expect([after, left]).toMatchObject([0, [{ container: 'app', cached: true, lacking: [] }]])
    expect(await cache('check', ...APP, ...store)).toMatchObject([0, [{ cached: true }]])
    const cachix = ['--cachix-host', server.host, '--cachix', 'mine']
    expect(await cache('check', ...APP, ...cachix)).toMatchObject([0, [{}]])
  })

  test('an image with a stream script is complete when the script is in the cache', async () => {
    const streaming = ['--containers', 'streaming']
    const store = ['--store', server.uri('pushed')]
    const [, checks] = await cache('check', ...streaming, ...store)
    expect(checks[0]?.lacking.map(name => name.slice(33))).toEqual(['tool.drv', 'streaming-stream.tar.drv'])
    outputOf(await run(['build', ...streaming], options))
    const [code, left] = await cache('push', ...streaming, ...store)
    expect([code, left]).toMatchObject([0, [{ container: 'streaming', cached: true, lacking: [] }]])
    expect(namesIn(pushed)).toEqual(['bin', 'streaming-stream.tar', 'tool'])
  })

  test('uses the first Cachix cache, and fails instead of using another one if it is unknown', async () => {
    outputOf(await run(['build', ...APP], options))
    const cachix = recordingCachix(machine)
    const env = { ...cachix.env, CACHIX_AUTH_TOKEN: TOKEN }
    const names = ['--cachix', 'unknown mine', '--cachix-host', server.host]
    for (const verb of ['check', 'push']) {
      const result = await run(['cache', verb, ...APP, ...names], { ...options, env })
      expect(result.code).toBe(1)
      expect(result.stderr).toContain('error: The Cachix cache unknown is not available')
    }
    expect(cachix.calls()).toEqual([])
    const folder = join(machine.work, 'cache')
    const store = ['--store', `file://${folder}`, '--cachix', 'mine', '--cachix-host', server.host]
    outputOf(await run(['cache', 'push', ...APP, ...store], { ...options, env }))
    expect(namesIn(folder)).toEqual(CLOSURE)
    expect(cachix.calls()).toEqual([])
  })
})

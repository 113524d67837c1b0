import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { ResultsServiceStandIn } from '../__tests__/support/results-service.js'
import { exec } from '../src/util/exec.js'
import { type CachixStandIn, startCachix } from './support/cachix.js'
import { outputOf } from './support/machine.js'
import { leaksBelow, leaksIn, openInto } from './support/planted.js'
import { BARE_RUNNER, openRuns, type Runs } from './support/runs.js'
import { type WatchResult, watchProcesses } from './support/watch-processes.js'

/** A key pair in the format of Nix. */
function newKeys(): { secret: string; public: string } {
  const { d = '', x = '' } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })
  const [seed, point] = [d, x].map(text => Buffer.from(text, 'base64url')) as [Buffer, Buffer]
  const both = Buffer.concat([seed, point])
  return { secret: `e2e-1:${both.toString('base64')}`, public: `e2e-1:${point.toString('base64')}` }
}

const keys = newKeys()
const IDS = { run: 'secrets' }

let runs: Runs
let service: ResultsServiceStandIn
let cachix: CachixStandIn
let planted: Record<'github' | 'cachixToken' | 'cachixKey' | 'netrc' | 'secretKey' | 'runtime', string>
/** A folder that all users can write to. */
let shared: string
beforeAll(async () => {
  runs = await openRuns()
  service = await runs.newService()
  planted = {
    github: `ghs_${randomUUID()}`,
    cachixToken: `cxt_${randomUUID()}`,
    cachixKey: `cxk_${randomUUID()}`,
    netrc: `pwd_${randomUUID()}`,
    // The second half of a secret key is the public key.
    secretKey: keys.secret.slice(6, 6 + 40),
    runtime: service.environment(IDS).ACTIONS_RUNTIME_TOKEN ?? '',
  }
  shared = join(runs.folder, 'shared')
  for (const folder of ['', 'bin', 'cache', 'pushed']) {
    mkdirSync(join(shared, folder))
    chmodSync(join(shared, folder), 0o777)
  }
  writeFileSync(join(shared, 'cache/nix-cache-info'), 'StoreDir: /nix/store\n')
  const cache = { folder: join(shared, 'cache'), publicSigningKeys: [keys.public] }
  cachix = await startCachix({
    mine: { ...cache, token: planted.cachixToken },
    other: { ...cache, token: planted.netrc },
  })
  writeFileSync(join(shared, 'bin/cachix'), RECORDING, { mode: 0o755 })
})
afterAll(async () => {
  await cachix.close()
  await runs.close()
})

/** A stand-in for cachix. It sleeps, so that watchProcesses finds it. */
const RECORDING = `#!/bin/sh
{ echo "$@"; cat; echo "\${CACHIX_AUTH_TOKEN:+token} \${CACHIX_SIGNING_KEY:+key}"; } >"\${0%/*}/../record"
sleep 0.1
`

/** Other programs that may have a value in their environment: the stand-in for `cachix`, and programs started by the cache. */
const MAY_HAVE: Readonly<Record<string, readonly string[]>> = {
  cachixToken: ['cachix', 'sh', 'cat', 'sleep'],
  cachixKey: ['cachix', 'sh', 'cat', 'sleep'],
  runtime: ['tar', 'sh', 'zstd', 'zstdmt', 'unzstd'],
}

test('no secret is in process arguments, logs, remaining files, artifacts or caches', async () => {
  const [job, watched] = await watchProcesses(planted, () =>
    runs.build({
      service,
      ids: IDS,
      on: { ...BARE_RUNNER, env: { PATH: `${shared}/bin:${process.env.PATH}` } },
      // The same as "Enable debug logging" on GitHub.
      env: { RUNNER_DEBUG: '1' },
      // The sleep makes the build long enough for watchProcesses to find it.
      settings: { one: 'sleep 0.3' },
      inputs: {
        'github-token': planted.github,
        cachix: 'mine',
        'cachix-host': cachix.host,
        'cachix-auth-token': planted.cachixToken,
        'cachix-signing-key': planted.cachixKey,
        'extra-substituters': cachix.uri('other').replace('127.0.0.1', 'localhost'),
        netrc: `machine localhost login me password ${planted.netrc}`,
        'push-to': `file://${shared}/pushed`,
        'secret-key': keys.secret,
      },
      // The files that later steps use. Only this user can read them.
      later: [
        {
          shell:
            'cd "$(dirname "${NIX_USER_CONF_FILES%%:*}")"; stat -c "%a %n" . nix.conf netrc; cat nix.conf',
        },
      ],
    }),
  )
  expect(job.log).not.toContain('::error')
  expect([job.main.code, job.post.code]).toEqual([0, 0])
  expect(job.log).not.toContain('::warning')
  expectUsed(job.steps[1]?.stdout ?? '')
  expectUnseen(watched)

  const log = job.log.replace(/^::add-mask::.*$/gm, '')
  expect(
    leaksIn(log + job.main.summary + JSON.stringify([job.main.outputs, job.main.state]), planted),
  ).toEqual([])
  await openStored(join(runs.folder, 'stored'))
  for (const folder of [runs.folder, job.machine.folder]) expect(leaksBelow(folder, planted)).toEqual([])
})

/** Checks that each value was used. Otherwise its absence elsewhere would prove nothing. */
function expectUsed(settings: string): void {
  expect(settings).toMatch(/^700 \.\n600 nix.conf\n600 netrc\n/)
  expect(leaksIn(settings, planted)).toEqual(['github'])
  const record = readFileSync(join(shared, 'record'), 'utf8')
  expect(record).toMatch(/^--hostname \S+ push mine\n(\/nix\/store\/\S+\n)+token key\n$/)
  const infos = readdirSync(join(shared, 'pushed')).filter(name => name.endsWith('.narinfo'))
  expect(infos.length).toBeGreaterThan(0)
  for (const info of infos)
    expect(readFileSync(join(shared, 'pushed', info), 'utf8')).toContain('Sig: e2e-1:')
  const requests = cachix.requests.filter(({ path }) => path.endsWith('/nix-cache-info'))
  expect(requests.map(({ status }) => status)).not.toContain(401)
  expect(new Set(requests.map(({ path }) => path.split('/')[2]))).toEqual(new Set(['mine', 'other']))
}

function expectUnseen({ looks, programs, found }: WatchResult): void {
  expect(looks).toBeGreaterThan(100)
  expect(programs.join('\n')).toMatch(/^nix-daemon$/m)
  expect(programs.join('\n')).toMatch(/^nix$/m)
  expect(programs.join('\n')).toMatch(/^busybox$/m)
  expect(found.filter(({ where }) => where === 'cmdline')).toEqual([])
  const who = found.map(({ name, program }) => ({ name, program: program.replace(/.*\/dist\//, '') }))
  const action = ['build/index.js', 'post/index.js']
  for (const name of Object.keys(planted)) {
    const seen = who.filter(each => each.name === name).map(({ program }) => program)
    expect([
      name,
      seen.filter(program => !action.includes(program) && !MAY_HAVE[name]?.includes(program)),
    ]).toEqual([name, []])
    expect(seen).toContain('build/index.js')
  }
}

/** Unpacks all artifacts and caches of the service into a folder. */
async function openStored(folder: string): Promise<void> {
  mkdirSync(folder)
  for (const { name, content } of service.artifacts()) {
    writeFileSync(join(folder, name), content)
    // The other artifacts are text files.
    if (name.endsWith('.tar')) await openInto(join(folder, `${name}.open`), join(folder, name))
  }
  expect(service.caches()).not.toEqual([])
  for (const { key, content } of service.caches()) {
    const file = join(folder, `${key}.tar`)
    writeFileSync(`${file}.zst`, content)
    outputOf(await exec('zstd', ['-dqf', `${file}.zst`, '-o', file]))
    expect(leaksIn(readFileSync(file), { manifest: 'nix-multiarch' })).toEqual(['manifest'])
  }
  const pushed = join(shared, 'pushed/nar')
  for (const name of readdirSync(pushed).filter(name => name.endsWith('.xz')))
    outputOf(await exec('xz', ['-dkf', join(pushed, name)]))
}

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { requestIdentityToken } from '../../src/attestation/identity-token.js'
import { createServiceClient } from '../../src/attestation/signing-service.js'
import { fetchImageQemu } from '../../src/command/emulation/qemu-from-image.js'
import { findAvailableCaches, type SubstituterInputs } from '../../src/command/setup/caches.js'
import { githubOf } from '../../src/command/shared/git.js'
import { createAnonymousClient, createRegistryClient } from '../../src/command/shared/registry-client.js'
import { fetchRelease } from '../../src/install/fetch-and-verify-release.js'
import { detectSystem } from '../../src/nix/detect-system.js'
import { Repository } from '../../src/registry/repository.js'
import type { TestHost } from '../support/host.js'
import { authorityOf, HOSTS, originOf, type ServiceFacts } from './services.js'

/** A kind of request that this program sends, as its commands send it. */
export interface Kind {
  readonly name: string
  /** The servers that it contacts. */
  readonly hosts: readonly string[]
  /** Throws the message that a user would see if a request fails. */
  run(services: ServiceFacts, host: TestHost): Promise<void>
  /** Whether plain HTTP is allowed. */
  readonly isPlainAllowed: boolean
}

/** A static program, which takes the place of QEMU. */
export const readInterpreter = (): Promise<Buffer> =>
  readFile(join(process.cwd(), 'examples/hello/bin', detectSystem()))

async function checkCaches(host: TestHost, inputs: Partial<SubstituterInputs>): Promise<void> {
  const all = { cachixHost: '', cachix: [], extraSubstituters: [], extraTrustedPublicKeys: [], nixConf: [] }
  await findAvailableCaches({ ...all, ...inputs } as never, host, '/nowhere/netrc')
  const warnings = host.logged.filter(line => line.startsWith('warning: '))
  if (warnings.length > 0) throw new Error(warnings.join('\n'))
}

export const KINDS: readonly Kind[] = [
  {
    name: 'a registry: token, blob and the redirect to its storage',
    hosts: [HOSTS.registry, HOSTS.token, HOSTS.storage],
    isPlainAllowed: true,
    async run(at, host) {
      const insecure = at.scheme === 'http'
      const inputs = { username: 'me', password: 'registry-word', insecure, githubToken: undefined }
      const reference = { registry: authorityOf('registry', at), repository: 'owner/app' }
      const client = createRegistryClient(inputs, [reference], host, { attempts: 1 })
      try {
        const stream = await new Repository(client, reference).getBlob(at.blob)
        const bytes = Buffer.concat(await stream.toArray())
        assert.equal(bytes.length, at.blob.size)
      } finally {
        client.close()
      }
    },
  },
  {
    name: 'the image with QEMU',
    hosts: [HOSTS.registry, HOSTS.token, HOSTS.storage],
    isPlainAllowed: false,
    async run(at, host) {
      const path = await fetchImageQemu('aarch64-linux', {
        image: `${authorityOf('registry', at)}/owner/qemu@${at.image.digest}`,
        openClient: () => createAnonymousClient(host, 1),
        machine: detectSystem(),
        tools: host.tools,
        temp: host.temp,
        arch: process.arch,
        log: host.log,
      })
      assert.deepEqual(await readFile(path), await readInterpreter())
    },
  },
  {
    name: "GitHub's API",
    hosts: [HOSTS.github],
    isPlainAllowed: false,
    async run(at, host) {
      Object.assign(host.env, { GITHUB_REPOSITORY: 'owner/name', GITHUB_API_URL: originOf('github', at) })
      const github = await githubOf({ githubToken: 'github-token' }, { ...host, kind: 'github' })
      assert.deepEqual(await github?.repository.listReleases(), [])
    },
  },
  {
    name: 'the Cachix API and a cache of Cachix',
    hosts: [HOSTS.cachix, HOSTS.cache],
    isPlainAllowed: true,
    run: (at, host) => checkCaches(host, { cachix: ['mine'], cachixHost: originOf('cachix', at) }),
  },
  {
    name: 'a binary cache',
    hosts: [HOSTS.cache],
    isPlainAllowed: true,
    run: (at, host) => checkCaches(host, { extraSubstituters: [originOf('cache', at)] }),
  },
  {
    name: 'the release of Nix and its SHA-256',
    hosts: [HOSTS.releases, HOSTS.storage],
    isPlainAllowed: true,
    async run(at, { env, log, tools, temp, signal }) {
      const options = {
        env,
        log,
        tools,
        temp,
        signal,
        arch: process.arch,
        version: '2.35.2',
        debug: log.debug,
      }
      const retry = { attempts: 1, firstWaitMs: 1 }
      const url = `${originOf('releases', at)}/nix.tar.xz`
      const path = await fetchRelease({ url, sha256: undefined, isCustom: true }, { ...options, retry })
      assert.equal(await readFile(path, 'utf8'), at.release)
    },
  },
  {
    name: 'the identity token of a job',
    hosts: [HOSTS.identity],
    isPlainAllowed: false,
    async run(at, host) {
      const ACTIONS_ID_TOKEN_REQUEST_URL = `${originOf('identity', at)}/token?secret=query`
      Object.assign(host.env, {
        ACTIONS_ID_TOKEN_REQUEST_URL,
        ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request-token',
      })
      const { claims } = await requestIdentityToken(host)
      assert.equal(claims.repository, 'octo-org/app')
    },
  },
  {
    name: 'a service that signs',
    hosts: [HOSTS.fulcio],
    isPlainAllowed: false,
    async run(at, { env, signal }) {
      const url = new URL(originOf('fulcio', at))
      const client = createServiceClient({ env, signal })
      const service = { name: 'Fulcio', url, refusalHint: () => '' }
      try {
        await client.request(service, { method: 'POST', url, json: { token: 'identity-word' } })
      } finally {
        client.close()
      }
    },
  },
]

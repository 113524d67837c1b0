import { randomUUID } from 'node:crypto'
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import {
  canCreateSandbox,
  makeSandboxCommand,
  type SandboxOwner,
} from '../../src/image/sandbox/sandbox-command.js'
import { runScript, type ScriptIsolation } from '../../src/image/stream-script.js'
import { dockerArchive } from '../support/docker-archive.js'
import { hostileScript } from '../support/hostile-script.js'
import { randomImage, seeded } from '../support/images.js'
import { expectImage, expectUserError, packPath, useFolder } from './fixture.js'

/** As in builds of Nix, no program is on PATH. */
const SHELL = '#!/bin/sh\nPATH=/usr/bin:/bin\n'

const folder = useFolder()
const random = seeded(22)
const SYSTEM_FOLDERS = ['/bin', '/usr', '/lib', '/lib64'].filter(path =>
  readdirSync('/').includes(path.slice(1)),
)

let server: Server
const received: string[] = []
let port = 0
beforeAll(async () => {
  server = createServer(socket => {
    received.push('a connection')
    socket.on('error', () => {})
    socket.end()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as { port: number }).port
})
afterAll(() => void server.close())

/** A folder that the scripts may read, because tests have no Nix store. */
function openStore(): string {
  chmodSync(folder.path, 0o755)
  const store = join(folder.path, 'store')
  mkdirSync(store, { recursive: true })
  return store
}

function sandboxOf(
  owner: SandboxOwner,
): ScriptIsolation & { readonly command: readonly [string, ...string[]] } {
  const mountPoint = join(folder.path, 'root')
  mkdirSync(mountPoint, { recursive: true })
  const readable = [...SYSTEM_FOLDERS, openStore()]
  const command = makeSandboxCommand({ owner, asRoot: [], id: 65533, mountPoint, readable })
  return { how: `${owner}-sandbox`, command, readable }
}

/** A number of seconds that identifies a process. */
const newSleep = (): string => String(1000 + Math.floor(Math.random() * 1e6))

/** The ids of the processes that have an argument. */
function processesWith(argument: string): string[] {
  return readdirSync('/proc').filter(pid => {
    if (!/^\d+$/.test(pid)) return false
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(argument)
    } catch {
      return false
    }
  })
}

function writeStored(name: string, content: string | Buffer): string {
  const path = join(openStore(), name)
  writeFileSync(path, content, { mode: 0o755 })
  return path
}

/** Runs a task with a sandbox, or says why it cannot. */
async function withSandbox(
  owner: SandboxOwner,
  task: (sandbox: ScriptIsolation) => Promise<void>,
): Promise<void> {
  const sandbox = sandboxOf(owner)
  if (process.platform === 'linux' && (await canCreateSandbox(sandbox.command))) return task(sandbox)
  const reason = owner === 'root' ? 'not root, or unshare is not permitted' : 'no user namespaces'
  process.stdout.write(`skipped the sandbox of ${owner}: ${reason}\n`)
}

async function collect(path: string, isolation: ScriptIsolation): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of runScript(path, { isolate: async () => isolation })) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

describe.each(['root', 'user'] as const)('a stream script in the sandbox of %s', owner => {
  test('gets no secret, leaves nothing behind, and returns the same image', async () => {
    await withSandbox(owner, async isolation => {
      const secret = `planted-${randomUUID()}`
      const sleep = newSleep()
      const image = randomImage(random, { layers: 2, size: 300_000 })
      const archive = writeStored('archive', dockerArchive(image))
      const open = await folder.write('secret', secret, 0o666)
      const targets = {
        secret,
        files: [open, process.cwd()],
        // The sandbox has its own /tmp, which it can write to.
        writable: [join(process.cwd(), 'hostile'), '/etc/passwd', '/usr', '/'],
        port,
        sleep,
        archive,
      }
      const path = writeStored('hostile', hostileScript(targets))
      process.env.PLANTED = secret
      try {
        await expectImage(await packPath(path, folder.layers, { isolate: async () => isolation }), image)
      } finally {
        delete process.env.PLANTED
      }
      expect(processesWith(sleep)).toEqual([])
      expect(received).toEqual([])
      expect(readdirSync(folder.path).sort()).not.toContain('hostile')
      expect(readFileSync(open, 'utf8')).toBe(secret)
    })
  })

  test('has no privileges and cannot get any', async () => {
    await withSandbox(owner, async isolation => {
      const lines = [
        'grep -E "^(Cap(Eff|Prm|Inh|Amb)|NoNewPrivs)" /proc/self/status',
        'id -u',
        'echo $HOME $TMPDIR',
        'ls /',
      ]
      const out = await collect(writeStored('status', `${SHELL}${lines.join('\n')}\n`), isolation)
      expect(out).toMatch(/^(Cap\w+:\t0+\n){4}NoNewPrivs:\t1\n65533\n\/homeless-shelter \/tmp\n/)
      expect(out.split('/tmp\n')[1]?.split('\n')).not.toContain('home')
    })
  })

  test('that fails is reported with its exit code and the last lines of its standard error', async () => {
    await withSandbox(owner, async isolation => {
      const path = writeStored('failing', `${SHELL}for i in $(seq 99); do echo line $i >&2; done\nexit 3\n`)
      const error = await expectUserError(
        packPath(path, folder.layers, { isolate: async () => isolation }),
        folder,
        /stream script .* exit code 3:\nline 90\n/,
      )
      expect(error.message).toMatch(/line 99$/)
      expect(error.hint).toBeDefined()
    })
  })

  test('ends with all its processes if the reader stops, and if the run is aborted', async () => {
    await withSandbox(owner, async isolation => {
      const sleep = newSleep()
      const path = writeStored(
        'silent',
        `${SHELL}setsid sleep ${sleep} &\nsleep 0.2\necho started\nsleep ${sleep}\n`,
      )
      const isolate = async (): Promise<ScriptIsolation> => isolation
      for await (const chunk of runScript(path, { isolate })) {
        expect(chunk.toString()).toBe('started\n')
        expect(processesWith(sleep).length).toBeGreaterThan(0)
        break
      }
      await expectNone(sleep)
      const controller = new AbortController()
      const aborted = (async () => {
        for await (const _ of runScript(path, { isolate, signal: controller.signal }))
          controller.abort(new Error('enough'))
      })()
      await expect(aborted).rejects.toThrow('enough')
      await expectNone(sleep)
    })
  })

  test('whose interpreter is not in the store is rejected', async () => {
    await withSandbox(owner, async isolation => {
      const path = writeStored('other', '#!/opt/bin/sh\n')
      await expectUserError(
        packPath(path, folder.layers, { isolate: async () => isolation }),
        folder,
        /its interpreter \/opt\/bin\/sh is not in .*store/,
      )
    })
  })
})

/** Waits for the kernel to end the processes of a sandbox. */
async function expectNone(argument: string): Promise<void> {
  for (let n = 0; n < 50 && processesWith(argument).length > 0; n++) await delay(20)
  expect(processesWith(argument)).toEqual([])
}

describe('a stream script without a sandbox', () => {
  test('ends with all processes of its group', async () => {
    const sleep = newSleep()
    const path = await folder.write('stream', `${SHELL}sleep ${sleep} &\necho done\n`, 0o755)
    expect(await collect(path, { how: 'none' })).toBe('done\n')
    await expectNone(sleep)
  })

  test('ends soon if a process that left its group keeps its output open', async () => {
    const sleep = newSleep()
    const path = await folder.write(
      'stream',
      `${SHELL}setsid sleep ${sleep} &\nsleep 0.2\necho done\n`,
      0o755,
    )
    try {
      expect(await collect(path, { how: 'none' })).toBe('done\n')
    } finally {
      for (const pid of processesWith(sleep)) process.kill(Number(pid))
    }
  })
})

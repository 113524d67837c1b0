import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from '@jest/globals'
import {
  addPostJobWork,
  finish,
  readPostJobState,
  stopStartedDaemon,
} from '../../../src/command/setup/post-job.js'
import type { Host, RunCache } from '../../../src/host/host.js'
import { isRunning, readProcess } from '../../../src/install/process-tree.js'
import type { Daemon } from '../../../src/install/start-daemon.js'
import { type TestHost, testHost } from '../../support/host.js'

describe('finish', () => {
  const hosts: TestHost[] = []
  afterEach(() => {
    for (const host of hosts.splice(0)) host.remove()
  })

  function hostWith(save: RunCache['save'], readOnly = false): TestHost {
    const cache = { folder: '/x', readOnly, restore: async () => undefined, save }
    const host = testHost({ cache })
    hosts.push(host)
    return host
  }

  const never = (): Promise<never> => new Promise(() => {})
  const one = { saves: [{ path: '/x/a', key: 'a' }] }

  test('saves the entries of several commands after the private folder is removed', async () => {
    const saved: string[] = []
    const host = hostWith(async (path, key) => {
      expect(existsSync(join(host.temp, 'kept'))).toBe(false)
      saved.push(`${path} ${key}`)
      return true
    })
    writeFileSync(join(host.stateFolder.path, 'netrc'), 'machine a password planted')
    await addPostJobWork(host.stateFolder, one)
    await addPostJobWork(host.stateFolder, { saves: [{ path: '/x/b', key: 'b' }] })
    expect(await finish(host)).toBe(true)
    expect(saved).toEqual(['/x/a a', '/x/b b'])
    expect(host.logged).toEqual([])
    expect(await readPostJobState(host.stateFolder)).toEqual({ saves: [] })
  })

  test('saves nothing to a read-only cache', async () => {
    const saved: string[] = []
    const host = hostWith(async path => saved.push(path) > 0, true)
    await addPostJobWork(host.stateFolder, one)
    await finish(host)
    expect(saved).toEqual([])
  })

  test('ends after a timeout if a save hangs', async () => {
    const host = hostWith(never)
    await addPostJobWork(host.stateFolder, one)
    expect(await finish(host, 20)).toBe(false)
    expect(host.logged).toEqual(['warning: Cannot save the caches: it took longer than 0.02 s'])
  })

  test('accepts a daemon that has ended, and logs a warning for an unreadable state', async () => {
    const host = hostWith(async () => true)
    await addPostJobWork(host.stateFolder, {
      daemon: { pid: 2 ** 22 + 1, startTime: '1', log: '/x' } as never,
    })
    expect(await finish(host)).toBe(true)
    expect(host.logged).toEqual([])
    writeFileSync(join(host.stateFolder.path, 'unfinished.json'), 'not JSON')
    expect(await finish(host)).toBe(false)
    expect(host.logged).toEqual([expect.stringMatching(/^warning: Cannot read the remaining work: /)])
    expect(host.stateFolder.existing).toBeUndefined()
  })
})

describe('stopStartedDaemon', () => {
  const hosts: TestHost[] = []
  const started: ChildProcess[] = []
  afterEach(() => {
    for (const { pid } of started.splice(0)) {
      try {
        process.kill(-(pid ?? 0), 'SIGKILL')
      } catch {}
    }
    for (const host of hosts.splice(0)) host.remove()
  })

  function hostOf(kind: Host['kind']): TestHost {
    const host = testHost({ kind })
    hosts.push(host)
    return host
  }

  /** Starts a process in place of a daemon, with a child process in place of a client. `leave` ends the child only. */
  async function daemonWithClient() {
    const child = spawn('sh', ['-c', 'sleep 60 & echo $!; wait; exec sleep 60'], {
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    started.push(child)
    const [client] = await once(child.stdout, 'data')
    const parent = await readProcess(child.pid ?? 0)
    if (parent === undefined) throw new Error('the process has ended')
    const daemon: Daemon = { pid: parent.pid, startTime: parent.startTime, log: '/x' }
    return { daemon, leave: () => process.kill(Number(client)) }
  }

  const onLinux = process.platform === 'linux' ? describe : describe.skip

  onLinux('the daemon at the end of a job', () => {
    test.each([0, 200])('is stopped if the last build ends within %i ms', async later => {
      const host = hostOf('github')
      const { daemon, leave } = await daemonWithClient()
      setTimeout(leave, later)
      expect(await stopStartedDaemon(daemon, host)).toBe(true)
      expect(await isRunning(daemon)).toBe(false)
      expect(host.logged).toEqual([])
    })

    test('is not stopped while other processes build with it', async () => {
      const host = hostOf('github')
      const { daemon } = await daemonWithClient()
      expect(await stopStartedDaemon(daemon, host)).toBe(false)
      expect(await isRunning(daemon)).toBe(true)
      expect(host.logged).toEqual(['info: The Nix daemon is still running, because other processes use it'])
      expect(host.stateFolder.existing).toBeUndefined()
    })

    test('that does not stop in time causes a warning', async () => {
      const host = hostOf('github')
      const { daemon } = await daemonWithClient()
      expect(await stopStartedDaemon(daemon, host, 10)).toBe(false)
      expect(host.logged).toEqual(['warning: Cannot stop the Nix daemon: it took longer than 0.01 s'])
      expect(host.stateFolder.existing).toBeUndefined()
    })
  })

  onLinux('the daemon on a local machine', () => {
    test('is stored again if it is still running, so that `stop` can be repeated', async () => {
      const host = hostOf('local')
      const { daemon, leave } = await daemonWithClient()
      await addPostJobWork(host.stateFolder, { daemon, saves: [{ path: '/x', key: 'x' }] })
      expect(await finish(host)).toBe(false)
      expect(host.logged.splice(0)).toEqual([
        expect.stringMatching(/^info: .*Run `nix-multiarch stop` again/),
      ])
      expect(await readPostJobState(host.stateFolder)).toEqual({ daemon, saves: [] })
      expect(statSync(join(host.stateFolder.path, 'unfinished.json')).mode & 0o777).toBe(0o600)
      leave()
      expect(await finish(host)).toBe(true)
      expect(await isRunning(daemon)).toBe(false)
      expect(host.stateFolder.existing).toBeUndefined()
      expect(host.logged).toEqual([])
    })

    test('that does not stop causes a warning with a hint', async () => {
      const host = hostOf('local')
      const { daemon } = await daemonWithClient()
      expect(await stopStartedDaemon(daemon, host, 10)).toBe(false)
      expect(host.logged[0]).toMatch(/^warning: .*0\.01 s\. Run `sudo -v`, then `nix-multiarch stop` again$/)
      expect(await readPostJobState(host.stateFolder)).toEqual({ daemon, saves: [] })
    })

    test('is stopped after the secrets are removed', async () => {
      const host = hostOf('local')
      const { daemon } = await daemonWithClient()
      const secret = join(host.stateFolder.path, 'netrc')
      writeFileSync(secret, 'machine a password planted')
      await addPostJobWork(host.stateFolder, { daemon })
      let isRemovedFirst = false
      const finished = finish(host).then(() => expect(isRemovedFirst).toBe(true))
      while (existsSync(secret)) await new Promise(resolve => setTimeout(resolve, 5))
      isRemovedFirst = host.logged.length === 0
      await finished
    })
  })
})

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from '@jest/globals'
import { endDaemon } from '../../../src/command/setup/end-daemon.js'
import { finish } from '../../../src/command/setup/finish.js'
import { leaveUnfinished, readUnfinished } from '../../../src/command/setup/unfinished.js'
import type { Host } from '../../../src/host/host.js'
import type { Daemon } from '../../../src/install/daemon.js'
import { isRunning, processOf } from '../../../src/install/process-table.js'
import { type TestHost, testHost } from '../../support/host.js'

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

/** A process that stands for a daemon, and one of its own for a client, which `leave` ends; it goes on without. */
async function daemonWithClient() {
  const child = spawn('sh', ['-c', 'sleep 60 & echo $!; wait; exec sleep 60'], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  started.push(child)
  const [client] = await once(child.stdout, 'data')
  const own = await processOf(child.pid ?? 0)
  if (own === undefined) throw new Error('none')
  const daemon: Daemon = { pid: own.pid, startTime: own.startTime, log: '/x' }
  return { daemon, leave: () => process.kill(Number(client)) }
}

const onLinux = process.platform === 'linux' ? describe : describe.skip

onLinux('the daemon at the end of a job', () => {
  test.each([0, 200])('is stopped when nobody builds with it, or soon nobody does: %i ms', async later => {
    const host = hostOf('github')
    const { daemon, leave } = await daemonWithClient()
    setTimeout(leave, later)
    expect(await endDaemon(daemon, host)).toBe(true)
    expect(await isRunning(daemon)).toBe(false)
    expect(host.said).toEqual([])
  })

  test('goes on while others build with it', async () => {
    const host = hostOf('github')
    const { daemon } = await daemonWithClient()
    expect(await endDaemon(daemon, host)).toBe(false)
    expect(await isRunning(daemon)).toBe(true)
    expect(host.said).toEqual(['info: The Nix daemon goes on, since others build with it'])
    expect(host.kept.existing).toBeUndefined()
  })

  test('that cannot be stopped in time is a warning, and nothing hangs', async () => {
    const host = hostOf('github')
    const { daemon } = await daemonWithClient()
    expect(await endDaemon(daemon, host, 10)).toBe(false)
    expect(host.said).toEqual(['warning: The Nix daemon could not be stopped: it took longer than 0.01 s'])
    expect(host.kept.existing).toBeUndefined()
  })
})

onLinux('`stop` on the machine of a person', () => {
  test('remembers a daemon that goes on, and can be called again', async () => {
    const host = hostOf('local')
    const { daemon, leave } = await daemonWithClient()
    await leaveUnfinished(host.kept, { daemon, saves: [{ path: '/x', key: 'x' }] })
    expect(await finish(host)).toBe(false)
    expect(host.said.splice(0)).toEqual([expect.stringMatching(/^info: .*Run `nix-multiarch stop` again/)])
    expect(await readUnfinished(host.kept)).toEqual({ daemon, saves: [] })
    expect(statSync(join(host.kept.path, 'unfinished.json')).mode & 0o777).toBe(0o600)
    leave()
    expect(await finish(host)).toBe(true)
    expect(await isRunning(daemon)).toBe(false)
    expect(host.kept.existing).toBeUndefined()
    expect(host.said).toEqual([])
  })

  test('says what to do where it does not stop', async () => {
    const host = hostOf('local')
    const { daemon } = await daemonWithClient()
    expect(await endDaemon(daemon, host, 10)).toBe(false)
    expect(host.said[0]).toMatch(/^warning: .*0\.01 s\. Run `sudo -v`, then `nix-multiarch stop` again$/)
    expect(await readUnfinished(host.kept)).toEqual({ daemon, saves: [] })
  })

  test('removes what is secret before it does anything that takes time', async () => {
    const host = hostOf('local')
    const { daemon } = await daemonWithClient()
    const secret = join(host.kept.path, 'netrc')
    writeFileSync(secret, 'machine a password planted')
    await leaveUnfinished(host.kept, { daemon })
    let gone = false
    const finished = finish(host).then(() => expect(gone).toBe(true))
    while (existsSync(secret)) await new Promise(resolve => setTimeout(resolve, 5))
    gone = host.said.length === 0
    await finished
  })
})

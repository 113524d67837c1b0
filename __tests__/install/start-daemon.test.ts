import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { isRunning, listProcessTree, readProcess } from '../../src/install/process-tree.js'
import { startDaemon } from '../../src/install/start-daemon.js'
import { stopDaemon } from '../../src/install/stop-daemon.js'
import { unpackRelease } from '../../src/install/unpack.js'
import { exec } from '../../src/util/exec.js'
import { rejection } from '../nix/fakes.js'
import { makeRelease, NIX, type Parts, withFolder } from './fixture.js'

const RIGHTS = { exec, uid: 0 }
const never = new AbortController().signal
const onLinux = process.platform === 'linux' ? describe : describe.skip

onLinux('a daemon', () => {
  const onNix = (
    task: (start: () => ReturnType<typeof startDaemon>, folder: string) => Promise<void>,
    parts: Parts = {},
  ): Promise<void> =>
    withFolder(async root => {
      await mkdir(join(root, 'away'))
      const { path } = await makeRelease(join(root, 'away'), parts)
      const folder = join(root, 'nix')
      const { nix } = await unpackRelease(path, folder, {
        privileges: { ...RIGHTS, ownsTarget: true },
        signal: never,
      })
      const options = {
        bin: join(nix, 'bin'),
        folder,
        variables: { WORD: 'a b' },
        privileges: RIGHTS,
        signal: never,
      }
      await task(() => startDaemon(options), folder)
    })

  test('is stopped with its children in other sessions, and can be stopped twice', () =>
    onNix(async (start, folder) => {
      const daemon = await start()
      if (daemon === undefined) throw new Error('none')
      const child = await readProcess(Number(await readFile(join(folder, 'child'), 'utf8')))
      if (child === undefined) throw new Error('no child')
      expect(JSON.parse(await readFile(join(folder, 'environment'), 'utf8'))).toMatchObject({ WORD: 'a b' })
      expect(await start()).toBeUndefined()
      expect(await stopDaemon(daemon, RIGHTS)).toBe(true)
      expect([await isRunning(daemon), await isRunning(child)]).toEqual([false, false])
      expect(await stopDaemon(daemon, RIGHTS)).toBe(true)
    }))

  test('is not stopped if another process has its PID', async () => {
    const other = spawn('sleep', ['60'])
    try {
      const own = await readProcess(other.pid ?? 0)
      expect(own).toBeDefined()
      expect(await stopDaemon({ pid: other.pid ?? 0, startTime: '1' }, RIGHTS)).toBe(true)
      expect(other.exitCode ?? other.signalCode).toBeNull()
    } finally {
      await gone(other)
    }
  })

  test('is killed if it ignores SIGTERM', async () => {
    const stubborn = spawn('sh', ['-c', "trap '' TERM; echo ready; while :; do sleep 0.1; done"])
    await once(stubborn.stdout, 'data')
    const daemon = await readProcess(stubborn.pid ?? 0)
    if (daemon === undefined) throw new Error('none')
    expect(await stopDaemon(daemon, RIGHTS)).toBe(true)
    expect(await isRunning(daemon)).toBe(false)
  }, 10_000)

  test('includes the end of its log in the error if it exits at once', () =>
    onNix(
      async start => {
        expect((await rejection(start())).message).toBe(
          "Nix's daemon did not start: error: cannot open the store",
        )
      },
      { daemon: 'echo "error: cannot open the store"; exit 1' },
    ))

  test('is named in the error if it cannot be executed', () =>
    onNix(async (start, folder) => {
      await exec('chmod', ['-R', 'u+w', folder])
      await writeFile(join(folder, 'store', NIX, 'bin/nix-daemon'), 'no program')
      await exec('chmod', ['a-x', join(folder, 'store', NIX, 'bin/nix-daemon')])
      expect((await rejection(start())).message).toContain('nix-daemon')
    }))

  test('is identified by PID and start time, together with its children', async () => {
    const parent = spawn('sh', ['-c', 'sleep 60 & echo ready; wait'])
    await once(parent.stdout, 'data')
    const own = await readProcess(parent.pid ?? 0)
    if (own === undefined) throw new Error('none')
    expect(await listProcessTree(own)).toHaveLength(2)
    expect(await listProcessTree({ ...own, startTime: '1' })).toEqual([])
    expect(await readProcess(2 ** 30)).toBeUndefined()
    await stopDaemon(own, RIGHTS)
  })
})

async function gone(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL')
  await once(child, 'exit')
}

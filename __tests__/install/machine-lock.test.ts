import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { type LockOptions, withMachineLock } from '../../src/install/machine-lock.js'
import { rejection } from '../nix/fakes.js'
import { withFolder } from './fixture.js'

const onLinux = process.platform === 'linux' ? describe : describe.skip

/** Another process that has the lock of a folder until it is ended. */
async function other(folder: string) {
  const holder = spawn('flock', [folder, 'sh', '-c', 'echo held; exec cat'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  await once(holder.stdout, 'data')
  return { leave: () => holder.stdin.end(), left: once(holder.stdout.resume(), 'close') }
}

const options = (of: Partial<LockOptions> = {}): LockOptions => ({
  signal: new AbortController().signal,
  onWait: () => {},
  timeoutMs: 60_000,
  ...of,
})

onLinux('a lock of the machine', () => {
  test('runs one task after another, also after a failure, and leaves no file', () =>
    withFolder(async folder => {
      const order: string[] = []
      const task = (name: string) => () =>
        withMachineLock(folder, options(), async () => {
          order.push(`${name} begins`)
          await new Promise(resolve => setTimeout(resolve, 20))
          order.push(`${name} ends`)
          throw new Error(name)
        })
      const errors = await Promise.all(['a', 'b', 'c'].map(name => rejection(task(name)())))
      expect(errors.map(({ message }) => message)).toEqual(['a', 'b', 'c'])
      expect(order).toHaveLength(6)
      for (let n = 0; n < 6; n += 2) expect(order[n + 1]).toBe(order[n]?.replace('begins', 'ends'))
      expect(await readdir(folder)).toEqual([])
    }))

  test('waits for another process, and reports it', () =>
    withFolder(async folder => {
      const { leave, left } = await other(folder)
      let waited = 0
      const onWait = (): void => {
        waited++
        leave()
      }
      expect(await withMachineLock(folder, options({ onWait }), async () => 'done')).toBe('done')
      expect(waited).toBe(1)
      await left
    }))

  test('is not waited for after the timeout or an abort', () =>
    withFolder(async folder => {
      const { leave, left } = await other(folder)
      const never = async (): Promise<never> => Promise.reject(new Error('it ran'))
      const late = await rejection(withMachineLock(folder, options({ timeoutMs: 50 }), never))
      expect(late.message).toBe(
        'Another process on this machine has been installing Nix for more than 0.05 s',
      )
      const abort = new AbortController()
      setTimeout(() => abort.abort(new Error('enough')), 50)
      const aborted = await rejection(withMachineLock(folder, options({ signal: abort.signal }), never))
      expect(aborted.message).toBe('enough')
      leave()
      await left
      expect(await withMachineLock(folder, options(), async () => 'free')).toBe('free')
    }))

  test('is not used if it is not available', () =>
    withFolder(async folder => {
      await mkdir(join(folder, 'empty'))
      const none = options({ env: { PATH: join(folder, 'empty') } })
      expect(await withMachineLock(folder, none, async () => 'done')).toBe('done')
      expect(await withMachineLock(join(folder, 'no'), options(), async () => 'done')).toBe('done')
    }))
})

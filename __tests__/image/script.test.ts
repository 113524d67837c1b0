import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import { openSource } from '../../src/image/source.js'
import { dockerArchive } from '../support/docker-archive.js'
import { randomImage, seeded } from '../support/images.js'
import { expectImage, expectRefused, listing, stagePath, useFolder } from './fixture.js'

const folder = useFolder()
const random = seeded(21)

function script(...lines: string[]): Promise<string> {
  return folder.write('stream', ['#!/bin/sh', ...lines, ''].join('\n'), 0o755)
}

/** The first bytes of a program for a machine. */
function elf(machine: number): Buffer {
  const head = Buffer.alloc(64)
  head.write('\x7fELF\x02\x01\x01', 'latin1')
  head.writeUInt16LE(2, 16)
  head.writeUInt16LE(machine, 18)
  return head
}

const FOREIGN = process.arch === 'arm64' ? 62 : 183

describe('a stream script', () => {
  test('gives its image, found through a link', async () => {
    const image = randomImage(random, { layers: 3, size: 500_000 })
    const archive = await folder.write('archive', dockerArchive(image))
    await symlink(await script(`cat ${archive}`, 'echo done >&2'), join(folder.path, 'result'))
    const source = await openSource(join(folder.path, 'result'))
    expect(source).toEqual({ kind: 'stream-script', path: expect.stringMatching(/stream$/) })
    await expectImage(await stagePath(join(folder.path, 'result'), folder.staged), image)
  })

  test('that fails is told with its last words, whatever it wrote', async () => {
    const archive = await folder.write('archive', dockerArchive(randomImage(random)))
    for (const output of [`cat ${archive}`, `head -c 20000 ${archive}`, 'true']) {
      const path = await script('for i in $(seq 99); do echo line $i >&2; done', output, 'exit 3')
      const error = await expectRefused(
        stagePath(path, folder.staged),
        folder,
        /stream script .* exit code 3:\nline 90\n/,
      )
      expect(error.message).toMatch(/line 99$/)
      expect(error.hint).toBeDefined()
    }
  })

  test('that dies of a signal is refused', async () => {
    const archive = await folder.write('archive', dockerArchive(randomImage(random)))
    const path = await script(`cat ${archive}`, 'kill -9 $$')
    await expectRefused(stagePath(path, folder.staged), folder, /exit code 128 and said nothing/)
  })

  test('sees nothing of what the environment holds for others', async () => {
    const image = randomImage(random)
    const archive = await folder.write('archive', dockerArchive(image))
    const planted = ['ACTIONS_RUNTIME_TOKEN', 'INPUT_PASSWORD', 'GITHUB_TOKEN', 'NIX_CONFIG']
    for (const name of planted) process.env[name] = 'planted'
    try {
      const path = await script('env | grep planted >&2 && exit 1', `cat ${archive}`)
      await expectImage(await stagePath(path, folder.staged), image)
    } finally {
      for (const name of planted) delete process.env[name]
    }
  })

  test('that ends well halfway is refused', async () => {
    const archive = await folder.write('archive', dockerArchive(randomImage(random)))
    await expectRefused(stagePath(await script(`head -c 3000 ${archive}`), folder.staged), folder, /cut off/)
  })

  test('is ended when its output is of no use, and when the run is', async () => {
    const late = join(folder.path, 'late')
    const useless = await script('head -c 2000 /dev/zero | tr "\\0" x', 'sleep 1', `touch ${late}`)
    await expectRefused(stagePath(useless, folder.staged), folder, /no tar header at byte 0/)
    const controller = new AbortController()
    const waiting = stagePath(await script('sleep 1', `touch ${late}`), folder.staged, {
      signal: controller.signal,
    })
    setTimeout(() => controller.abort(new Error('enough')), 50)
    await expect(waiting).rejects.toThrow('enough')
    await delay(1200)
    expect(await listing(folder.path)).not.toContain('late')
  })

  test('whose interpreter is missing or for another machine is told with what to do', async () => {
    const missing = await folder.write('missing', '#!/nix/store/none/bin/bash -e\n', 0o755)
    const first = await expectRefused(
      stagePath(missing, folder.staged),
      folder,
      /its interpreter \/nix\/store\/none\/bin\/bash does not exist/,
    )
    expect(first.hint).toMatch(/emulation/)
    const shell = await folder.write('shell', elf(FOREIGN), 0o755)
    const foreign = await folder.write('foreign', `#!${shell}\n`, 0o755)
    const second = await expectRefused(
      stagePath(foreign, folder.staged),
      folder,
      /cannot be executed here: its interpreter .*shell is for (arm64|amd64)/,
    )
    expect(second.hint).toMatch(/emulation/)
    const third = await expectRefused(
      stagePath(shell, folder.staged),
      folder,
      /cannot be executed here: it is for (arm64|amd64)/,
    )
    expect(third.hint).toMatch(/emulation/)
  })

  test('for another machine is run where that works, and told as such when it fails', async () => {
    const shell = await folder.write('shell', elf(FOREIGN), 0o755)
    const error = await expectRefused(
      stagePath(shell, folder.staged, { runsForeign: true }),
      folder,
      /\(it is for (arm64|amd64)\) ended with exit code/,
    )
    expect(error.hint).toMatch(/emulation/)
  })
})

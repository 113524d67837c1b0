import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import { openSource } from '../../src/image/source.js'
import { dockerArchive } from '../support/docker-archive.js'
import { randomImage, seeded } from '../support/images.js'
import { expectImage, expectUserError, listFolder, packPath, useFolder } from './fixture.js'

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
  test('returns its image, also through a symbolic link', async () => {
    const image = randomImage(random, { layers: 3, size: 500_000 })
    const archive = await folder.write('archive', dockerArchive(image))
    await symlink(await script(`cat ${archive}`, 'echo done >&2'), join(folder.path, 'result'))
    const source = await openSource(join(folder.path, 'result'))
    expect(source).toEqual({ kind: 'stream-script', path: expect.stringMatching(/stream$/) })
    await expectImage(await packPath(join(folder.path, 'result'), folder.layers), image)
  })

  test('that fails is reported with the last lines of its standard error', async () => {
    const archive = await folder.write('archive', dockerArchive(randomImage(random)))
    for (const output of [`cat ${archive}`, `head -c 20000 ${archive}`, 'true']) {
      const path = await script('for i in $(seq 99); do echo line $i >&2; done', output, 'exit 3')
      const error = await expectUserError(
        packPath(path, folder.layers),
        folder,
        /stream script .* exit code 3:\nline 90\n/,
      )
      expect(error.message).toMatch(/line 99$/)
      expect(error.hint).toBeDefined()
    }
  })

  test('that is killed by a signal is rejected', async () => {
    const archive = await folder.write('archive', dockerArchive(randomImage(random)))
    const path = await script(`cat ${archive}`, 'kill -9 $$')
    await expectUserError(packPath(path, folder.layers), folder, /exit code 128 without an error message/)
  })

  test('does not see the environment variables', async () => {
    const image = randomImage(random)
    const archive = await folder.write('archive', dockerArchive(image))
    const planted = ['ACTIONS_RUNTIME_TOKEN', 'INPUT_PASSWORD', 'GITHUB_TOKEN', 'NIX_CONFIG']
    for (const name of planted) process.env[name] = 'planted'
    try {
      const path = await script('env | grep planted >&2 && exit 1', `cat ${archive}`)
      await expectImage(await packPath(path, folder.layers), image)
    } finally {
      for (const name of planted) delete process.env[name]
    }
  })

  test('that exits with 0 before the end of its output is rejected', async () => {
    const archive = await folder.write('archive', dockerArchive(randomImage(random)))
    await expectUserError(
      packPath(await script(`head -c 3000 ${archive}`), folder.layers),
      folder,
      /truncated/,
    )
  })

  test('is killed if its output is invalid, or if the run is aborted', async () => {
    const late = join(folder.path, 'late')
    const useless = await script('head -c 2000 /dev/zero | tr "\\0" x', 'sleep 1', `touch ${late}`)
    await expectUserError(packPath(useless, folder.layers), folder, /no tar header at byte 0/)
    const controller = new AbortController()
    const waiting = packPath(await script('sleep 1', `touch ${late}`), folder.layers, {
      signal: controller.signal,
    })
    setTimeout(() => controller.abort(new Error('enough')), 50)
    await expect(waiting).rejects.toThrow('enough')
    await delay(1200)
    expect(await listFolder(folder.path)).not.toContain('late')
  })

  test('whose interpreter is missing or for another machine is rejected with a hint', async () => {
    const missing = await folder.write('missing', '#!/nix/store/none/bin/bash -e\n', 0o755)
    const first = await expectUserError(
      packPath(missing, folder.layers),
      folder,
      /its interpreter \/nix\/store\/none\/bin\/bash does not exist/,
    )
    expect(first.hint).toMatch(/emulation/)
    const shell = await folder.write('shell', elf(FOREIGN), 0o755)
    const foreign = await folder.write('foreign', `#!${shell}\n`, 0o755)
    const second = await expectUserError(
      packPath(foreign, folder.layers),
      folder,
      /cannot run on this machine: its interpreter .*shell is for (arm64|amd64)/,
    )
    expect(second.hint).toMatch(/emulation/)
    const third = await expectUserError(
      packPath(shell, folder.layers),
      folder,
      /cannot run on this machine: it is for (arm64|amd64)/,
    )
    expect(third.hint).toMatch(/emulation/)
  })

  test('for another machine is run if possible, and its error contains the machine', async () => {
    const shell = await folder.write('shell', elf(FOREIGN), 0o755)
    const error = await expectUserError(
      packPath(shell, folder.layers, { runsForeign: true }),
      folder,
      /\(it is for (arm64|amd64)\) ended with exit code/,
    )
    expect(error.hint).toMatch(/emulation/)
  })
})

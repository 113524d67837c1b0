import { chmod, lstat, mkdir, readdir, readFile, readlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { decompressXz } from '../../src/install/fetch-and-verify-release.js'
import { findUnpackedNix, unpackRelease } from '../../src/install/unpack.js'
import { exec } from '../../src/util/exec.js'
import { exists } from '../../src/util/files.js'
import type { Privileges } from '../../src/util/run-as-root.js'
import { rejection } from '../nix/fakes.js'
import { noise, seeded } from '../support/images.js'
import { CACERT, execWith, LIBRARY, makeRelease, NIX, withFolder, writeTarball } from './fixture.js'

const OWN: Privileges = { exec, uid: process.getuid?.(), ownsTarget: true }
const never = new AbortController().signal

/** The content of `sample.xz`, which was made with `xz -6 --block-size=5000`: releases have many blocks too. */
const SAMPLE = noise(seeded(7), 12_000)

const OPTIONS = { privileges: OWN, signal: never }

describe('unpacking a release', () => {
  const tarballs = ['tar.xz', 'tar.gz', 'tar.zst', 'tar']
  test.each(tarballs)('creates a store and registers the paths: %s', extension =>
    withFolder(async folder => {
      const { path } = await makeRelease(folder, {}, extension)
      const nix = join(folder, 'nix')
      const placed = await unpackRelease(path, nix, OPTIONS)
      expect(placed).toEqual({ nix: join(nix, 'store', NIX), cacert: join(nix, 'store', CACERT) })
      expect((await readdir(nix)).sort()).toEqual(['store', 'var'])
      expect((await readdir(join(nix, 'store'))).sort()).toEqual([NIX, LIBRARY, CACERT].sort())
      expect(await readFile(join(nix, 'var/nix/db/loaded'), 'utf8')).toMatch(/^--load-db .*\nregistration\n$/)
      const { mode } = await lstat(join(nix, 'store', NIX, 'bin/nix-store'))
      expect((mode & 0o777).toString(8)).toBe('555')
      expect(((await lstat(join(nix, 'store', LIBRARY))).mode & 0o777).toString(8)).toBe('555')
      expect(await readlink(join(nix, 'var/nix/profiles/default-1-link'))).toBe(placed.nix)
      expect(await exists(join(nix, 'var/nix/profiles/default/bin/nix'))).toBe(true)
      expect(await findUnpackedNix(nix)).toEqual(placed)
    }),
  )

  test('keeps existing paths and an existing profile', () =>
    withFolder(async folder => {
      const { path } = await makeRelease(folder)
      const nix = join(folder, 'nix')
      await mkdir(join(nix, 'store', LIBRARY), { recursive: true })
      await mkdir(join(nix, 'var/nix/profiles/default'), { recursive: true })
      await writeFile(join(nix, 'store', LIBRARY, 'mine'), '')
      await unpackRelease(path, nix, OPTIONS)
      await unpackRelease(path, nix, OPTIONS)
      expect(await readdir(join(nix, 'store', LIBRARY))).toEqual(['mine'])
      expect(await exists(join(nix, 'store', NIX, 'bin/nix-store'))).toBe(true)
      expect(await readdir(join(nix, 'var/nix/profiles'))).toEqual(['default'])
    }))

  test('works twice at the same time, also if one of them fails', () =>
    withFolder(async folder => {
      for (const name of ['good', 'bad']) await mkdir(join(folder, name))
      const loadDb = 'mkdir -p "$(dirname "$0")/../../../var/nix/db"; sleep 0.1; exit 1'
      const [good, bad] = await Promise.all([
        makeRelease(join(folder, 'good')),
        makeRelease(join(folder, 'bad'), { loadDb }),
      ])
      for (const [n, tarballs] of [
        [good, good],
        [bad, good],
        [good, bad],
      ].entries()) {
        const nix = join(folder, `nix-${n}`)
        const ends = await Promise.allSettled(tarballs.map(({ path }) => unpackRelease(path, nix, OPTIONS)))
        expect(ends.some(({ status }) => status === 'fulfilled')).toBe(true)
        expect((await readdir(nix)).sort()).toEqual(['store', 'var'])
        expect((await readdir(join(nix, 'store'))).sort()).toEqual([NIX, LIBRARY, CACERT].sort())
        expect(await findUnpackedNix(nix)).toBeDefined()
      }
    }))

  test('can decompress without xz', () =>
    withFolder(async folder => {
      const plain = join(folder, 'plain')
      await decompressXz('__tests__/install/sample.xz', plain)
      expect((await readFile(plain)).equals(SAMPLE)).toBe(true)
    }))
})

describe('no files remain', () => {
  const failing = async (
    folder: string,
    path: string,
    options: Partial<typeof OPTIONS> = {},
  ): Promise<Error & { hint?: string }> => {
    const error = await rejection(unpackRelease(path, join(folder, 'nix'), { ...OPTIONS, ...options }))
    expect(await exists(join(folder, 'nix'))).toBe(false)
    return error
  }

  test('if the tarball is truncated', () =>
    withFolder(async folder => {
      const { path } = await makeRelease(folder)
      const bytes = await readFile(path)
      await writeFile(path, bytes.subarray(0, bytes.length - 100))
      expect((await failing(folder, path)).message).toContain('Nix could not be unpacked from')
    }))

  test('if the file is not a release', () =>
    withFolder(async folder => {
      await writeFile(join(folder, 'web.tar.xz'), '<html>')
      expect(await failing(folder, join(folder, 'web.tar.xz'))).toMatchObject({
        message: expect.stringContaining('it is not a release tarball of Nix'),
        hint: expect.stringContaining('`nix-url`'),
      })
      await writeTarball(join(folder, 'other.tar.xz'), folder, 'web.tar.xz')
      expect((await failing(folder, join(folder, 'other.tar.xz'))).message).toContain(
        'it contains no .reginfo',
      )
    }))

  test('if the registration fails', () =>
    withFolder(async folder => {
      const loadDb =
        'mkdir -p "$(dirname "$0")/../../../var/nix/db"; echo "No space left on device" >&2; exit 1'
      const { path } = await makeRelease(folder, { loadDb })
      expect((await failing(folder, path)).message).toContain('there is not enough space for Nix in')
    }))

  test('if a store exists, which is not changed', () =>
    withFolder(async folder => {
      const { path } = await makeRelease(folder, { loadDb: 'exit 1' })
      const nix = join(folder, 'nix')
      await mkdir(join(nix, 'store/other'), { recursive: true })
      await rejection(unpackRelease(path, nix, OPTIONS))
      expect(await readdir(nix)).toEqual(['store'])
      expect(await readdir(join(nix, 'store'))).toEqual(['other'])
    }))

  test('except files that others added', () =>
    withFolder(async folder => {
      const nix = join(folder, 'nix')
      const { path } = await makeRelease(folder, {
        loadDb: `mkdir '${nix}/store/other' '${nix}/var/own'; exit 1`,
      })
      await rejection(unpackRelease(path, nix, OPTIONS))
      expect((await readdir(nix)).sort()).toEqual(['store', 'var'])
      expect(await readdir(join(nix, 'store'))).toEqual(['other'])
      expect(await readdir(join(nix, 'var'))).toContain('own')
    }))

  test('except if the signal comes after the registration', () =>
    withFolder(async folder => {
      const loadDb = `kill -TERM $PPID; mkdir -p "$(dirname "$0")/../../../var/nix/db"`
      const { path } = await makeRelease(folder, { loadDb })
      const nix = join(folder, 'nix')
      await unpackRelease(path, nix, OPTIONS)
      expect((await readdir(join(nix, 'store'))).sort()).toEqual([NIX, LIBRARY, CACERT].sort())
      expect(await findUnpackedNix(nix)).toBeDefined()
    }))

  test('and no process continues after an abort', () =>
    withFolder(async folder => {
      const { path } = await makeRelease(folder)
      const bin = join(folder, 'bin')
      await mkdir(bin)
      const slow = `#!/bin/sh\ncase "$*" in *version*) exit;; esac\necho $$ >'${folder}/xz'\nexec sleep 60\n`
      await writeFile(join(bin, 'xz'), slow)
      await chmod(join(bin, 'xz'), 0o755)
      const abort = new AbortController()
      const wait = setInterval(async () => {
        if (await exists(join(folder, 'xz'))) abort.abort(new Error('enough'))
      }, 10)
      const privileges = { ...OWN, exec: execWith(bin) }
      try {
        expect((await failing(folder, path, { signal: abort.signal, privileges })).message).toBe('enough')
      } finally {
        clearInterval(wait)
      }
    }))
})

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { fetchRelease } from '../../src/install/fetch-release.js'
import { DEFAULT_NIX_VERSION, type Release, releaseFor } from '../../src/install/releases.js'
import { rejection } from '../nix/fakes.js'
import { body, makeRelease, QUICK, serve, status, withFolder } from './fixture.js'

const LINUX = { platform: 'linux', arch: 'x64', version: DEFAULT_NIX_VERSION }
const OTHER = 'a'.repeat(64)

describe('which release', () => {
  test.each([
    ['linux', 'x64', 'x86_64-linux'],
    ['linux', 'arm64', 'aarch64-linux'],
    ['darwin', 'x64', 'x86_64-darwin'],
    ['darwin', 'arm64', 'aarch64-darwin'],
  ])('%s on %s is %s, with a known hash', (platform, arch, system) => {
    const release = releaseFor({ platform, arch, version: DEFAULT_NIX_VERSION })
    const name = `nix-${DEFAULT_NIX_VERSION}`
    expect(release.url).toBe(`https://releases.nixos.org/nix/${name}/${name}-${system}.tar.xz`)
    expect(release.sha256).toMatch(/^[0-9a-f]{64}$/)
  })

  test('comes from a mirror, or is a tarball of the user’s choice, whose hash nobody knows', () => {
    const { sha256 } = releaseFor(LINUX)
    expect(releaseFor({ ...LINUX, url: 'http://mirror/nix/' })).toEqual({
      url: 'http://mirror/nix/nix-2.35.2/nix-2.35.2-x86_64-linux.tar.xz',
      sha256,
      custom: false,
    })
    const url = 'https://host/my.tar.xz?key=1'
    expect(releaseFor({ ...LINUX, url })).toEqual({ url, sha256: undefined, custom: true })
  })

  test('a hash that is given counts before a known one; other versions have none', () => {
    expect(releaseFor({ ...LINUX, sha256: OTHER }).sha256).toBe(OTHER)
    expect(releaseFor({ ...LINUX, version: '2.30.0' }).sha256).toBeUndefined()
  })

  test('there is none for other machines', () => {
    expect(() => releaseFor({ ...LINUX, platform: 'win32' })).toThrow('no release of Nix for this machine')
    expect(() => releaseFor({ ...LINUX, arch: 's390x' })).toThrow('(linux, s390x)')
  })
})

describe('a release is fetched', () => {
  const fetching = (release: Release, folder: string, told: string[] = []): Promise<string> =>
    fetchRelease(release, folder, {
      retry: QUICK,
      debug: () => {},
      warning: message => told.push(message),
    })

  const withRelease = (task: (bytes: Buffer, sha256: string, folder: string) => Promise<void>) =>
    withFolder(async folder => {
      const { path, sha256 } = await makeRelease(folder)
      await task(await readFile(path), sha256, join(folder, 'tools'))
    })

  test('once, and kept; what was damaged meanwhile is fetched again', () =>
    withRelease(async (bytes, sha256, folder) => {
      await serve([body(bytes)], async (base, asked) => {
        const release = { url: `${base}/nix.tar.xz`, sha256: sha256.toUpperCase(), custom: true }
        const path = await fetching(release, folder)
        expect(await fetching(release, folder)).toBe(path)
        expect(asked).toHaveLength(1)
        await writeFile(path, bytes.subarray(1))
        await fetching(release, folder)
        expect(asked).toHaveLength(2)
        expect((await readFile(path)).equals(bytes)).toBe(true)
      })
    }))

  test('by the hash that lies beside it, with a warning, where no other is known', () =>
    withRelease(async (bytes, sha256, folder) => {
      await serve(
        [body(sha256), body(bytes), body(`${OTHER}  nix.tar.xz\n`), body(bytes)],
        async (base, asked) => {
          const release = { url: `${base}/nix.tar.xz?key=secret`, sha256: undefined, custom: false }
          const told: string[] = []
          await fetching(release, folder, told)
          expect(asked).toEqual(['/nix.tar.xz.sha256?key=secret', '/nix.tar.xz?key=secret'])
          expect(told).toEqual([expect.stringContaining(`nix-sha256: ${sha256}`)])
          expect(told.join()).not.toContain('secret')
          expect((await rejection(fetching(release, folder))).message).toContain(`instead of ${OTHER}`)
        },
      )
    }))

  test('only with a hash: the error says what to set', () =>
    withRelease(async (_bytes, _sha256, folder) => {
      for (const answer of [status(404), body('<html>')])
        await serve([answer], async base => {
          const release = { url: `${base}/nix.tar.xz`, sha256: undefined, custom: true }
          expect(await rejection(fetching(release, folder))).toMatchObject({
            message: expect.stringContaining('No SHA-256 is known'),
            hint: expect.stringContaining('nix-sha256'),
          })
          const version = await rejection(fetching({ ...release, custom: false }, folder))
          expect(version.message).toContain('is there such a version?')
        })
    }))
})

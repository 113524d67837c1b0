import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { fetchRelease } from '../../src/install/fetch-and-verify-release.js'
import { DEFAULT_NIX_VERSION, findRelease, type Release } from '../../src/install/releases.js'
import { exec } from '../../src/util/exec.js'
import { rejection } from '../nix/fakes.js'
import { body, makeRelease, QUICK, serve, status, withFolder } from './fixture.js'

const LINUX = { platform: 'linux', arch: 'x64', version: DEFAULT_NIX_VERSION }
const OTHER = 'a'.repeat(64)

describe('finding a release', () => {
  test.each([
    ['linux', 'x64', 'x86_64-linux'],
    ['linux', 'arm64', 'aarch64-linux'],
    ['darwin', 'x64', 'x86_64-darwin'],
    ['darwin', 'arm64', 'aarch64-darwin'],
  ])('%s on %s has the system %s and a known hash', (platform, arch, system) => {
    const release = findRelease({ platform, arch, version: DEFAULT_NIX_VERSION })
    const name = `nix-${DEFAULT_NIX_VERSION}`
    expect(release.url).toBe(`https://releases.nixos.org/nix/${name}/${name}-${system}.tar.xz`)
    expect(release.sha256).toMatch(/^[0-9a-f]{64}$/)
  })

  test('uses a mirror, or the user’s tarball without a known hash', () => {
    const { sha256 } = findRelease(LINUX)
    expect(findRelease({ ...LINUX, url: 'http://mirror/nix/' })).toEqual({
      url: 'http://mirror/nix/nix-2.35.2/nix-2.35.2-x86_64-linux.tar.xz',
      sha256,
      isCustom: false,
    })
    expect(findRelease({ ...LINUX, url: 'http://me:word@mirror/nix?key=1' }).url).toBe(
      'http://me:word@mirror/nix/nix-2.35.2/nix-2.35.2-x86_64-linux.tar.xz?key=1',
    )
    const url = 'https://host/my.tar.xz?key=1'
    expect(findRelease({ ...LINUX, url })).toEqual({ url, sha256: undefined, isCustom: true })
  })

  test('prefers a given hash over the known one, and knows none for other versions', () => {
    expect(findRelease({ ...LINUX, sha256: OTHER }).sha256).toBe(OTHER)
    expect(findRelease({ ...LINUX, version: '2.30.0' }).sha256).toBeUndefined()
  })

  test('fails for other machines', () => {
    expect(() => findRelease({ ...LINUX, platform: 'win32' })).toThrow('no release of Nix for this machine')
    expect(() => findRelease({ ...LINUX, arch: 's390x' })).toThrow('(linux, s390x)')
  })
})

describe('fetching a release', () => {
  const options = (folder: string, told: string[] = []) => ({
    tools: join(folder, 'tools'),
    temp: join(folder, 'temp'),
    arch: 'x64',
    version: '2.35.2',
    retry: QUICK,
    debug: () => {},
    log: { debug: () => {}, warning: (message: string) => void told.push(message) },
  })

  const fetching = (release: Release, folder: string, told: string[] = []): Promise<string> =>
    fetchRelease(release, options(folder, told))

  const withRelease = (task: (bytes: Buffer, sha256: string, folder: string) => Promise<void>) =>
    withFolder(async folder => {
      const { path, sha256 } = await makeRelease(folder)
      await task(await readFile(path), sha256, join(folder, 'machine'))
    })

  test('downloads it once, and again if the file was damaged since', () =>
    withRelease(async (bytes, sha256, folder) => {
      await serve([body(bytes)], async (base, asked) => {
        const release = { url: `${base}/nix.tar.xz`, sha256: sha256.toUpperCase(), isCustom: true }
        const path = await fetching(release, folder)
        expect(await fetching(release, folder)).toBe(path)
        expect(asked).toHaveLength(1)
        await writeFile(path, bytes.subarray(1))
        const again = await fetching(release, folder)
        expect(asked).toHaveLength(2)
        expect((await readFile(again)).equals(bytes)).toBe(true)
        await writeFile(again, bytes.subarray(1))
        expect(await fetching(release, folder)).toBe(again)
        expect(asked).toHaveLength(3)
        expect((await readFile(again)).equals(bytes)).toBe(true)
      })
    }))

  test('verifies it with the server’s hash and a warning if no other is known', () =>
    withRelease(async (bytes, sha256, folder) => {
      await serve(
        [body(sha256), body(bytes), body(`${OTHER}  nix.tar.xz\n`), body(bytes)],
        async (base, asked) => {
          const release = { url: `${base}/nix.tar.xz?key=secret`, sha256: undefined, isCustom: false }
          const told: string[] = []
          await fetching(release, folder, told)
          expect(asked).toEqual(['/nix.tar.xz.sha256?key=secret', '/nix.tar.xz?key=secret'])
          expect(told).toEqual([expect.stringContaining(`set \`nix-sha256\` to ${sha256}`)])
          expect(told.join()).not.toContain('secret')
          expect((await rejection(fetching(release, folder))).message).toContain(`instead of ${OTHER}`)
        },
      )
    }))

  test('sends the credentials of the URL, also for the hash', () =>
    withRelease(async (bytes, sha256, folder) => {
      const seen: (string | undefined)[] = []
      const asked = (answer: string | Buffer): Parameters<typeof serve>[0][number] => {
        const give = body(answer)
        return (request, response) => {
          seen.push(request.headers.authorization)
          give(request, response)
        }
      }
      await serve([asked(sha256), asked(bytes)], async base => {
        const url = `${base.replace('//', '//me:word@')}/nix.tar.xz`
        await fetching({ url, sha256: undefined, isCustom: true }, folder)
        expect(seen).toEqual(Array(2).fill(`Basic ${Buffer.from('me:word').toString('base64')}`))
      })
    }))

  test('does not treat a refused request as a missing hash', () =>
    withRelease(async (_bytes, _sha256, folder) => {
      await serve([status(403)], async base => {
        const release = { url: `${base}/nix.tar.xz`, sha256: undefined, isCustom: true }
        const error = await rejection(fetching(release, folder))
        expect(error.message).toBe(
          `${base}/nix.tar.xz.sha256 cannot be downloaded: ${new URL(base).host} answered 403 Forbidden: words`,
        )
      })
    }))

  /** The folder of the release in the tool cache. */
  const savedIn = (folder: string, version = '2.35.2'): string => join(folder, 'tools/nix', version, 'x64')

  test('keeps it in the tool cache, and removes the download', () =>
    withRelease(async (bytes, sha256, folder) => {
      await serve([body(bytes)], async base => {
        const path = await fetching({ url: `${base}/nix.tar.xz`, sha256, isCustom: false }, folder)
        expect(path).toBe(join(savedIn(folder), 'nix.tar.xz'))
        expect(await readdir(join(folder, 'tools/nix/2.35.2'))).toEqual(['x64', 'x64.complete'])
        expect(await readdir(join(folder, 'temp'))).toEqual([])
      })
    }))

  test("saves a user's tarball by its hash, because its version is not known", () =>
    withRelease(async (bytes, sha256, folder) => {
      await serve([body(bytes)], async (base, asked) => {
        const release = { url: `${base}/nix.tar.xz`, sha256, isCustom: true }
        const path = await fetching(release, folder)
        expect(path).toBe(join(savedIn(folder, `0.0.0-sha256-${sha256}`), 'nix.tar.xz'))
        expect(await fetching(release, folder)).toBe(path)
        expect(asked).toHaveLength(1)
      })
    }))

  test('makes no request if the tool cache was filled by the package itself', () =>
    withRelease(async (bytes, sha256, folder) => {
      await mkdir(folder)
      await writeFile(join(folder, 'downloaded'), bytes)
      const script = `import { cacheFile } from '@actions/tool-cache'
        await cacheFile('${join(folder, 'downloaded')}', 'nix.tar.xz', 'nix', '2.35.2', 'x64')`
      const args = ['--input-type=module', '-e', script]
      const env = { RUNNER_TOOL_CACHE: join(folder, 'tools') }
      expect(await exec(process.execPath, args, { env })).toMatchObject({ code: 0, stderr: '' })
      const told: string[] = []
      const release = { url: 'http://127.0.0.1:1/nix.tar.xz', sha256, isCustom: false }
      expect(await fetching(release, folder, told)).toBe(join(savedIn(folder), 'nix.tar.xz'))
      expect(told).toEqual([])
    }))

  test('does not use a tarball with another hash, and does not replace it', () =>
    withRelease(async (bytes, sha256, folder) => {
      const file = join(savedIn(folder), 'nix.tar.xz')
      await mkdir(savedIn(folder), { recursive: true })
      await writeFile(file, 'other')
      await writeFile(`${savedIn(folder)}.complete`, '')
      await serve([body(bytes), status(500)], async (base, asked) => {
        const release = { url: `${base}/nix.tar.xz`, sha256, isCustom: false }
        const told: string[] = []
        const path = await fetching(release, folder, told)
        expect(path).toBe(join(savedIn(folder, `0.0.0-sha256-${sha256}`), 'nix.tar.xz'))
        expect((await readFile(path)).equals(bytes)).toBe(true)
        expect(await readFile(file, 'utf8')).toBe('other')
        expect(told).toEqual([
          expect.stringMatching(`^${file} is not used: its SHA-256 is \\w+ instead of ${sha256}`),
        ])
        expect(await fetching(release, folder, told)).toBe(path)
        expect(told).toHaveLength(1)
        expect(asked).toHaveLength(1)
      })
    }))

  test('does not touch what another program has under the same version', () =>
    withRelease(async (bytes, sha256, folder) => {
      await mkdir(join(savedIn(folder), 'bin'), { recursive: true })
      await writeFile(`${savedIn(folder)}.complete`, '')
      await serve([body(bytes)], async base => {
        const told: string[] = []
        await fetching({ url: `${base}/nix.tar.xz`, sha256, isCustom: false }, folder, told)
        expect(await readdir(savedIn(folder))).toEqual(['bin'])
        expect(told).toEqual([])
      })
    }))

  test('downloads it if the mark of the tool cache is missing', () =>
    withRelease(async (bytes, sha256, folder) => {
      await mkdir(savedIn(folder), { recursive: true })
      await writeFile(join(savedIn(folder), 'nix.tar.xz'), bytes.subarray(0, 100))
      await serve([body(bytes)], async (base, asked) => {
        const path = await fetching({ url: `${base}/nix.tar.xz`, sha256, isCustom: false }, folder)
        expect(path).toBe(join(savedIn(folder), 'nix.tar.xz'))
        expect((await readFile(path)).equals(bytes)).toBe(true)
        expect(asked).toHaveLength(1)
      })
    }))

  test('leaves it in the temporary folder if the tool cache cannot be written', () =>
    withRelease(async (bytes, sha256, folder) => {
      await mkdir(folder)
      await writeFile(join(folder, 'tools'), 'a file')
      await serve([body(bytes)], async base => {
        const told: string[] = []
        const path = await fetching({ url: `${base}/nix.tar.xz`, sha256, isCustom: false }, folder, told)
        expect(path).toMatch(/\/temp\/nix-\w+\/nix\.tar\.xz$/)
        expect((await readFile(path)).equals(bytes)).toBe(true)
        expect(told).toEqual([])
      })
    }))

  test('fails without a hash, and says what to set', () =>
    withRelease(async (_bytes, _sha256, folder) => {
      for (const answer of [status(404), body('<html>')])
        await serve([answer], async base => {
          const release = { url: `${base}/nix.tar.xz`, sha256: undefined, isCustom: true }
          expect(await rejection(fetching(release, folder))).toMatchObject({
            message: expect.stringContaining('No SHA-256 is known'),
            hint: expect.stringContaining('nix-sha256'),
          })
          const version = await rejection(fetching({ ...release, isCustom: false }, folder))
          expect(version.message).toContain('the server has no file nix.tar.xz.sha256')
          expect(version.hint).toContain('`nix-version`')
        })
    }))
})

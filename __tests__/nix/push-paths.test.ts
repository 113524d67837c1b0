import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { findCachixProgram, pushToCachix } from '../../src/nix/cachix.js'
import { pushToStore } from '../../src/nix/push-paths.js'
import { parseSecretKey } from '../../src/nix/store-uri.js'
import { exec } from '../../src/util/exec.js'
import { fakeNix, rejection, withFolder } from './fakes.js'

const PATHS = ['/nix/store/a', '/nix/store/b']
const KEY = `mine-1:${Buffer.alloc(64, 7).toString('base64')}`

async function program(file: string, text: string): Promise<string> {
  await mkdir(join(file, '..'), { recursive: true })
  await writeFile(file, `#!/bin/sh\n${text}`)
  await chmod(file, 0o755)
  return file
}

/** A `cachix` that records how it was called. */
const recordingScript = (folder: string) => `
cat >"${folder}/input"; printf '%s\\n' "$@" >"${folder}/arguments"
printf '%s\\n' "$CACHIX_AUTH_TOKEN" "$CACHIX_SIGNING_KEY" >"${folder}/secrets"
echo pushing >&2`

describe('pushing to Cachix', () => {
  const readRecorded = async (folder: string, name: string) =>
    (await readFile(join(folder, name), 'utf8')).split('\n')

  test('passes paths on standard input and secrets in the environment', () =>
    withFolder(async folder => {
      const lines: string[] = []
      await pushToCachix(PATHS, {
        program: await program(join(folder, 'cachix'), recordingScript(folder)),
        name: 'mine',
        authToken: 'token',
        signingKey: 'key',
        exec,
        onLine: line => lines.push(line),
      })
      expect(await readRecorded(folder, 'input')).toEqual([...PATHS, ''])
      expect(await readRecorded(folder, 'arguments')).toEqual(['push', 'mine', ''])
      expect(await readRecorded(folder, 'secrets')).toEqual(['token', 'key', ''])
      expect(lines).toEqual(['pushing'])
      expect(process.env.CACHIX_AUTH_TOKEN).toBeUndefined()
    }))

  test('passes the URL of the server, and starts no program without paths', () =>
    withFolder(async folder => {
      const push = {
        program: await program(join(folder, 'cachix'), recordingScript(folder)),
        name: 'mine',
        host: 'https://cachix.example.org',
        exec,
      }
      await pushToCachix([], push)
      expect(await readdir(folder)).toEqual(['cachix'])
      await pushToCachix(PATHS, push)
      expect((await readRecorded(folder, 'arguments')).join(' ')).toBe(
        '--hostname https://cachix.example.org push mine ',
      )
      expect(await readRecorded(folder, 'secrets')).toEqual(['', '', ''])
    }))

  test('reports the cache and the reason if it fails', () =>
    withFolder(async folder => {
      const failing = await program(join(folder, 'cachix'), 'echo "HTTP error 401: Unauthorized" >&2; exit 1')
      const error = await rejection(
        pushToCachix(PATHS, { program: failing, name: 'mine', authToken: 'tok', exec }),
      )
      expect(error.message).toBe('Pushing to the Cachix cache mine failed:\nHTTP error 401: Unauthorized')
      expect(error.hint).toContain('cachix-auth-token')
    }))
})

describe('the cachix program', () => {
  const formatBuild = (path: string) =>
    JSON.stringify([{ drvPath: '/x.drv', outputs: { doc: '/none', out: path } }])

  test('is found on PATH', () =>
    withFolder(async folder => {
      const cachix = await program(join(folder, 'b/cachix'), '')
      const nix = fakeNix({})
      const notices: string[] = []
      const path = `${folder}/a:${folder}/b`
      expect(await findCachixProgram(nix, { path, notice: text => notices.push(text) })).toBe(cachix)
      expect([nix.asked, notices]).toEqual([[], []])
    }))

  test('is built by Nix with a notice if it is not on PATH', () =>
    withFolder(async folder => {
      const cachix = await program(join(folder, 'cachix/bin/cachix'), '')
      const nix = fakeNix({ answer: () => ({ stdout: formatBuild(`${folder}/cachix`) }) })
      const notices: string[] = []
      expect(await findCachixProgram(nix, { path: '', notice: text => notices.push(text) })).toBe(cachix)
      expect(nix.asked).toEqual([['build', '--no-link', '--json', 'nixpkgs#cachix']])
      expect(notices).toEqual(['cachix is not on PATH, so Nix installs nixpkgs#cachix'])
    }))

  test('is an error if Nix cannot build it', async () => {
    const failing = fakeNix({ answer: () => ({ code: 1, stderr: 'error: cannot find flake' }) })
    const error = await rejection(findCachixProgram(failing, { path: undefined, notice: () => {} }))
    expect(error.message).toContain('Nix could not install cachix')
    expect(error.message).toContain('error: cannot find flake')
    const without = fakeNix({ answer: () => ({ stdout: formatBuild('/nowhere') }) })
    expect((await rejection(findCachixProgram(without, { path: '', notice: () => {} }))).message).toBe(
      'nixpkgs#cachix does not contain bin/cachix',
    )
  })
})

describe('pushing to a store', () => {
  /** Reads the key file while Nix runs. */
  const watchKeyFile = (folder: string, answer: { code?: number; stderr?: string } = {}) => {
    const seen: { text: string; mode: number }[] = []
    const nix = fakeNix({ answer: () => answer })
    const run: typeof nix.run = async (args, options) => {
      for (const name of await readdir(folder)) {
        const { mode } = await stat(join(folder, name))
        seen.push({ text: await readFile(join(folder, name), 'utf8'), mode: mode & 0o777 })
      }
      return nix.run(args, options)
    }
    return { nix: { ...nix, run }, asked: nix.asked, seen }
  }

  test.each([
    ['s3://bucket?region=x', '&secret-key='],
    ['file:///srv/cache', '?secret-key='],
    ['https://cache.example.org', '?secret-key='],
  ])('lets Nix sign the files of %s when it writes them', (uri, parameter) =>
    withFolder(async folder => {
      const { nix, asked, seen } = watchKeyFile(folder)
      await pushToStore(nix, PATHS, uri, { secretKey: parseSecretKey(`${KEY}\n`), keyFolder: folder })
      expect(seen).toEqual([{ text: KEY, mode: 0o600 }])
      const [command] = asked
      expect(command?.slice(0, 2)).toEqual(['copy', '--to'])
      expect(command?.[2]).toContain(`${uri}${parameter}${encodeURIComponent(`${folder}/key-`)}`)
      expect(command?.slice(3)).toEqual(PATHS)
      expect(JSON.stringify(asked)).not.toContain(KEY.slice(8))
      expect(await readdir(folder)).toEqual([])
    }),
  )

  test('signs in the local store first if the store is not a binary cache', () =>
    withFolder(async folder => {
      const { nix, asked, seen } = watchKeyFile(folder)
      await pushToStore(nix, PATHS, 'ssh-ng://me@host', { secretKey: KEY, keyFolder: folder })
      expect(asked.map(args => args.filter(arg => !arg.startsWith(folder)))).toEqual([
        ['store', 'sign', '--recursive', '--key-file', ...PATHS],
        ['copy', '--to', 'ssh-ng://me@host', ...PATHS],
      ])
      expect(seen).toHaveLength(2)
    }))

  test('does not sign without a key', () =>
    withFolder(async folder => {
      const { nix, asked, seen } = watchKeyFile(folder)
      await pushToStore(nix, PATHS, 'file:///srv/cache', { keyFolder: folder })
      expect([asked, seen]).toEqual([[['copy', '--to', 'file:///srv/cache', ...PATHS]], []])
    }))

  test.each([
    ['error: you are not privileged to add signatures', 'trusted-users'],
    ["error: cannot add path '/nix/store/a' because it lacks a signature by a trusted key", 'secret-key'],
    ["error: unable to download 'https://x/nix-cache-info': HTTP error 401", 'netrc'],
    ["error: 'https://x' does not appear to be a binary cache", 'netrc'],
  ])('removes the key file if it fails: %s', (stderr, hint) =>
    withFolder(async folder => {
      const { nix } = watchKeyFile(folder, { code: 1, stderr })
      const error = await rejection(
        pushToStore(nix, PATHS, 'https://x', { secretKey: KEY, keyFolder: folder }),
      )
      expect(error.message).toBe(`Pushing to https://x failed:\n${stderr}`)
      expect(error.hint).toContain(hint)
      expect(await readdir(folder)).toEqual([])
    }),
  )

  test.each(['nonsense', 'a:b', 'a:', `:${KEY.slice(7)}`, `${KEY}x`])(
    'does not quote a malformed key: %s',
    key => {
      const read = (): string => parseSecretKey(key)
      expect(read).toThrow('it is not a secret key: write a name, a colon, and 64 bytes in base64')
    },
  )
})

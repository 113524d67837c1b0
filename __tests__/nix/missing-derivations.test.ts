import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from '@jest/globals'
import type { Container } from '../../src/nix/container.js'
import { findMissingDerivations } from '../../src/nix/missing-derivations.js'
import { derivationOf, evaluatedContainer, fakeNix, rejection, withFolder } from './fakes.js'

describe('checking a cache', () => {
  const CACHE = 'https://cache.example.org'
  const LOG = [
    "warning: Git tree '/x' is dirty",
    'these 2 derivations will be built:',
    `  ${derivationOf('tool')}`,
    `  ${derivationOf('a')}`,
    'these 2 paths will be fetched (0.4 KiB download, 0.4 KiB unpacked):',
    '  /nix/store/00000000000000000000000000000000-lib',
  ].join('\n')

  describe('missing derivations', () => {
    /** Answers a dry run, and then tells what the derivations refer to. */
    const nixWith = (log: string, references: Readonly<Record<string, readonly string[]>> = {}) => {
      const info = (path: string) => ({
        path,
        narHash: 'sha256-x',
        narSize: 1,
        references: references[path] ?? [],
      })
      return fakeNix({
        answer: args => {
          if (args.includes('--dry-run')) return { stdout: '[]', stderr: log }
          return args[0] === 'path-info' ? { stdout: JSON.stringify(args.slice(5).map(info)) } : {}
        },
      })
    }

    const toBuild = (...names: string[]): string =>
      [
        `these ${names.length} derivations will be built:`,
        ...names.map(name => `  ${derivationOf(name)}`),
        '',
      ].join('\n')

    test('are found for each container with one dry run in a store that contains only derivations', () =>
      withFolder(async folder => {
        const nix = nixWith(LOG, { [derivationOf('a')]: [derivationOf('tool'), derivationOf('lib')] })
        const missing = await findMissingDerivations(
          nix,
          [evaluatedContainer('a'), evaluatedContainer('b')],
          {
            cache: CACHE,
            folder,
          },
        )
        expect(missing).toEqual([[derivationOf('tool'), derivationOf('a')], []])
        const [copy, dryRun, references] = nix.asked
        const store = copy?.[4] ?? ''
        expect(store.startsWith(join(folder, 'store-'))).toBe(true)
        expect(copy).toEqual([
          'copy',
          '--derivation',
          '--no-check-sigs',
          '--to',
          store,
          derivationOf('a'),
          derivationOf('b'),
        ])
        expect(dryRun).toEqual(expect.arrayContaining(['--dry-run', '--store', store]))
        expect(dryRun?.slice(-5)).toEqual([
          '--option',
          'extra-substituters',
          CACHE,
          `${derivationOf('a')}^out`,
          `${derivationOf('b')}^out`,
        ])
        expect(references).toEqual(expect.arrayContaining(['--store', store, '--derivation']))
        expect(nix.asked).toHaveLength(3)
        expect(await readdir(folder)).toEqual([])
      }))

    test('are listed for the image if it is in the cache, and else for its stream', () =>
      withFolder(async folder => {
        const withStream = (name: string): Container => ({
          ...evaluatedContainer(name),
          stream: { derivation: derivationOf(`${name}-stream`), output: 'out' },
        })
        const containers = ['pushed', 'streamed', 'both', 'none'].map(withStream)
        const log = toBuild('app', 'pushed-stream', 'streamed', 'none-stream', 'none')
        const nix = nixWith(log, {
          [derivationOf('none')]: [derivationOf('none-stream')],
          [derivationOf('none-stream')]: [derivationOf('app')],
          [derivationOf('pushed-stream')]: [derivationOf('app')],
        })
        const missing = await findMissingDerivations(nix, containers, { cache: CACHE, folder })
        expect(missing).toEqual([[], [], [], [derivationOf('app'), derivationOf('none-stream')]])
        expect(nix.asked.filter(args => args.includes('--dry-run'))).toHaveLength(1)
      }))

    test('removes the temporary store, although store paths are read-only', () =>
      withFolder(async folder => {
        const nix = fakeNix({ version: 'nix (Nix) 2.8.0' })
        const run: typeof nix.run = async (args, options) => {
          const [store] = (await readdir(folder)).map(name => join(folder, name))
          await mkdir(join(store ?? '', 'nix/store/x'), { recursive: true })
          await writeFile(join(store ?? '', 'nix/store/x/file'), '')
          await chmod(join(store ?? '', 'nix/store/x'), 0o555)
          await nix.run(args, options)
          throw new Error('failed')
        }
        const error = await rejection(
          findMissingDerivations({ ...nix, run }, [evaluatedContainer('a')], { cache: CACHE, folder }),
        )
        expect(error.message).toBe('failed')
        expect(await readdir(folder)).toEqual([])
      }))

    test.each([
      [CACHE, `warning: unable to download '${CACHE}/nix-cache-info': HTTP error 401`],
      [`${CACHE}/?priority=1`, `warning: '${CACHE}' does not appear to be a binary cache`],
    ])('are an error if %s does not respond', (cache, warning) =>
      withFolder(async folder => {
        const nix = fakeNix({ answer: () => ({ stderr: `${warning}\n${LOG}` }) })
        const error = await rejection(
          findMissingDerivations(nix, [evaluatedContainer('a')], { cache, folder }),
        )
        expect(error.message).toBe(`The cache ${cache} cannot be read: ${warning}`)
      }),
    )

    test('are found although another cache does not respond', () =>
      withFolder(async folder => {
        const warning =
          "warning: unable to download 'https://cache.nixos.org/nix-cache-info': Couldn't resolve host"
        const nix = nixWith(`${warning}\n${LOG}`, { [derivationOf('a')]: [derivationOf('tool')] })
        const missing = await findMissingDerivations(nix, [evaluatedContainer('a')], { cache: CACHE, folder })
        expect(missing).toEqual([[derivationOf('tool'), derivationOf('a')]])
      }))

    test('are an error if the folder of the cache does not exist', () =>
      withFolder(async folder => {
        const cache = pathToFileURL(join(folder, 'missing')).href
        const nix = fakeNix({})
        const error = await rejection(
          findMissingDerivations(nix, [evaluatedContainer('a')], { cache, folder }),
        )
        expect(error.message).toContain(`there is no folder ${join(folder, 'missing')}`)
        expect(nix.asked).toEqual([])
      }))

    test('are an error with Nix’s message if Nix fails', () =>
      withFolder(async folder => {
        const nix = fakeNix({ answer: () => ({ code: 1, stderr: 'error: path is not valid' }) })
        const error = await rejection(
          findMissingDerivations(nix, [evaluatedContainer('a')], { cache: CACHE, folder }),
        )
        expect(error.message).toBe(`Nix could not read the cache ${CACHE}:\nerror: path is not valid`)
      }))
  })
})

import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from '@jest/globals'
import type { Container } from '../../src/nix/container.js'
import { lackingIn, toBeBuilt } from '../../src/nix/dry-run.js'
import { fakeNix, rejection, withFolder } from './fakes.js'

const CACHE = 'https://cache.example.org'
const drv = (name: string) => `/nix/store/00000000000000000000000000000000-${name}.drv`
const container = (name: string): Container => ({
  name,
  system: 'x86_64-linux',
  attribute: `packages.x86_64-linux.${name}`,
  builder: 'x86_64-linux',
  derivation: drv(name),
  output: 'out',
  streamed: false,
})

const SAID = [
  "warning: Git tree '/x' is dirty",
  'these 2 derivations will be built:',
  `  ${drv('tool')}`,
  `  ${drv('a')}`,
  'these 2 paths will be fetched (0.4 KiB download, 0.4 KiB unpacked):',
  '  /nix/store/00000000000000000000000000000000-lib',
].join('\n')

describe('a dry run', () => {
  test.each<[string, string, string[]]>([
    ['two derivations', SAID, ['tool', 'a']],
    ['one', `this derivation will be built:\n  ${drv('a')}\n`, ['a']],
    [
      'one, with the progress of terminals',
      `\x1b[Kthis derivation will be built:\r\n  ${drv('a')}\r\n`,
      ['a'],
    ],
    ['none', 'this path will be fetched (0.4 KiB download, 0.4 KiB unpacked):\n  /nix/store/0-lib', []],
    ['nothing at all', '', []],
  ])('tells %s', (_, stderr, names) => {
    expect(toBeBuilt(stderr)).toEqual(names.map(drv))
  })
})

describe('what a cache lacks', () => {
  test('is asked for container by container, in a store that has their derivations alone', () =>
    withFolder(async folder => {
      const answer = (args: readonly string[]) => (args.at(-1)?.includes('-a.drv') ? { stderr: SAID } : {})
      const nix = fakeNix({ answer })
      const lacking = await lackingIn(nix, [container('a'), container('b')], { cache: CACHE, folder })
      expect(lacking).toEqual([[drv('tool'), drv('a')], []])
      const store = nix.asked[0]?.[4] ?? ''
      expect(store.startsWith(join(folder, 'store-'))).toBe(true)
      expect(nix.asked[0]).toEqual([
        'copy',
        '--derivation',
        '--no-check-sigs',
        '--to',
        store,
        drv('a'),
        drv('b'),
      ])
      for (const asked of nix.asked.slice(1)) {
        expect(asked).toEqual(expect.arrayContaining(['--dry-run', '--store', store]))
        expect(asked.slice(-4, -1)).toEqual(['--option', 'extra-substituters', CACHE])
      }
      expect(nix.asked.slice(1).map(args => args.at(-1))).toEqual([`${drv('a')}^out`, `${drv('b')}^out`])
      expect(await readdir(folder)).toEqual([])
    }))

  test('is the lesser of what the image lacks and its stream, where it offers one', () =>
    withFolder(async folder => {
      const streaming = (name: string): Container => ({
        ...container(name),
        stream: { derivation: drv(`${name}-stream`), output: 'out' },
      })
      const one = `this derivation will be built:\n  ${drv('last')}\n`
      const said: Record<string, string> = { 'pushed-stream': '', full: '', half: SAID, 'half-stream': one }
      const nix = fakeNix({
        answer: args => {
          const [, name = ''] = /-([a-z-]+)\.drv\^out$/.exec(args.at(-1) ?? '') ?? []
          return { stderr: said[name] ?? SAID }
        },
      })
      const containers = ['pushed', 'full', 'half', 'none'].map(streaming)
      const lacking = await lackingIn(nix, containers, { cache: CACHE, folder })
      expect(lacking).toEqual([[], [], [drv('last')], [drv('tool'), drv('a')]])
      expect(nix.asked[0]?.slice(5)).toEqual(
        containers.flatMap(each => [each.derivation, each.stream?.derivation]),
      )
      // What the image lacks not at all is asked for once.
      expect(nix.asked.filter(args => args.at(-1)?.includes('-full')).length).toBe(1)
    }))

  test('leaves nothing behind, though store paths are read-only', () =>
    withFolder(async folder => {
      const nix = fakeNix({ version: 'nix (Nix) 2.8.0' })
      const run: typeof nix.run = async (args, options) => {
        const [store] = (await readdir(folder)).map(name => join(folder, name))
        await mkdir(join(store ?? '', 'nix/store/x'), { recursive: true })
        await writeFile(join(store ?? '', 'nix/store/x/file'), '')
        await chmod(join(store ?? '', 'nix/store/x'), 0o555)
        await nix.run(args, options)
        throw new Error('broke off')
      }
      const error = await rejection(lackingIn({ ...nix, run }, [container('a')], { cache: CACHE, folder }))
      expect(error.message).toBe('broke off')
      expect(await readdir(folder)).toEqual([])
    }))

  test.each([
    [CACHE, `warning: unable to download '${CACHE}/nix-cache-info': HTTP error 401`],
    [`${CACHE}/?priority=1`, `warning: '${CACHE}' does not appear to be a binary cache`],
  ])('is not guessed when %s does not answer', (cache, said) =>
    withFolder(async folder => {
      const nix = fakeNix({ answer: () => ({ stderr: `${said}\n${SAID}` }) })
      const error = await rejection(lackingIn(nix, [container('a')], { cache, folder }))
      expect(error.message).toBe(`The cache ${cache} cannot be asked what it has: ${said}`)
    }),
  )

  test('is told although another cache does not answer', () =>
    withFolder(async folder => {
      const said =
        "warning: unable to download 'https://cache.nixos.org/nix-cache-info': Couldn't resolve host"
      const nix = fakeNix({ answer: () => ({ stderr: `${said}\n${SAID}` }) })
      const lacking = await lackingIn(nix, [container('a')], { cache: CACHE, folder })
      expect(lacking).toEqual([[drv('tool'), drv('a')]])
    }))

  test('is not asked of a folder that is not there', () =>
    withFolder(async folder => {
      const cache = pathToFileURL(join(folder, 'gone')).href
      const nix = fakeNix({})
      const error = await rejection(lackingIn(nix, [container('a')], { cache, folder }))
      expect(error.message).toContain(`there is no folder ${join(folder, 'gone')}`)
      expect(nix.asked).toEqual([])
    }))

  test('is an error with the words of Nix when it fails', () =>
    withFolder(async folder => {
      const nix = fakeNix({ answer: () => ({ code: 1, stderr: 'error: path is not valid' }) })
      const error = await rejection(lackingIn(nix, [container('a')], { cache: CACHE, folder }))
      expect(error.message).toBe(`Nix could not ask what the cache ${CACHE} has:\nerror: path is not valid`)
    }))
})

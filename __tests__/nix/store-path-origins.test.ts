import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { findStorePathOrigins, StoreActivity } from '../../src/nix/store-path-origins.js'
import type { JsonObject } from '../../src/util/json.js'
import { derivationOf, fakeNix, withFolder } from './fakes.js'

const path = (name: string): string => `/nix/store/${'1'.repeat(32)}-${name}`

/** What Nix knows about a store path that it has built from `name.drv`. */
const built = (name: string, about: JsonObject = {}): [string, JsonObject] => [
  path(name),
  {
    narHash: 'sha256-x',
    narSize: 1,
    references: [],
    deriver: derivationOf(name),
    signatures: [],
    ultimate: true,
    ...about,
  },
]

const signed = (name: string, ...keys: string[]): [string, JsonObject] =>
  built(name, { ultimate: false, signatures: keys.map(key => `${key}:c2lnbmF0dXJl`) })

/** The origins of store paths, after Nix has logged these lines. */
const originsOf = (
  infos: readonly (readonly [string, JsonObject])[],
  lines: readonly string[],
  actionsCaches: readonly string[] = [],
) =>
  withFolder(async folder => {
    const names = [...infos.map(([each]) => each), derivationOf('image')]
    writeFileSync(join(folder, 'nix-store'), `#!/bin/sh\necho '${names.join('\n')}'\n`, { mode: 0o755 })
    const nix = fakeNix({ answer: () => ({ stdout: JSON.stringify(Object.fromEntries(infos)) }) })
    const activity = new StoreActivity()
    for (const line of lines) activity.push(line)
    const at = { ...nix, command: join(folder, 'nix') }
    return findStorePathOrigins(at, [derivationOf('image')], { activity, actionsCaches })
  })

const building = (name: string, on = ''): string => `building '${derivationOf(name)}'${on}...`
const copying = (name: string, from: string): string => `copying path '${path(name)}' from '${from}'...`

describe('store paths', () => {
  test('were built by this job, on a remote builder, downloaded, or present', async () => {
    const infos = [
      built('image'),
      built('tool', { ultimate: false }),
      signed('gcc', 'cache.nixos.org-1'),
      signed('glibc', 'cache.nixos.org-1', 'own-1'),
      signed('make', 'own-1'),
      built('old'),
    ]
    const lines = [
      copying('gcc', 'https://cache.nixos.org'),
      `\u001b[0m${copying('glibc', 'https://user:secret@cache.example.org/nix?priority=1')}`,
      building('tool', " on 'ssh-ng://builder'"),
      building('image'),
      'tool> building a program',
    ]
    expect(await originsOf(infos, lines)).toEqual({
      builtHere: 1,
      builtRemotely: 1,
      alreadyPresent: 2,
      downloaded: [
        { substituter: 'https://cache.example.org/nix', count: 1 },
        { substituter: 'https://cache.nixos.org', count: 1 },
      ],
      fromActionsCache: 0,
      signedBy: [
        { key: 'cache.nixos.org-1', count: 2 },
        { key: 'own-1', count: 2 },
      ],
      unsigned: 1,
    })
  })

  test('from the cache of GitHub are unsigned', async () => {
    const cache = 'file:///home/runner/cache/store?trusted=1&priority=1'
    const lines = [copying('dep', 'file:///home/runner/cache/store'), building('image')]
    expect(
      await originsOf([built('image'), built('dep', { ultimate: false })], lines, [cache]),
    ).toMatchObject({
      builtHere: 1,
      alreadyPresent: 0,
      downloaded: [],
      fromActionsCache: 1,
      unsigned: 1,
    })
  })

  test('that are sources are not counted, and one with a content address needs no signature', async () => {
    const source = built('source', { deriver: null, ca: 'fixed:r:sha256:x' })
    const tarball = built('tarball', { ca: 'fixed:sha256:x', ultimate: false })
    expect(await originsOf([source, tarball], [])).toMatchObject({ alreadyPresent: 1, unsigned: 0 })
  })
})

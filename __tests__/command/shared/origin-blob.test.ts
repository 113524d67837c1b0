import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { BuildOrigin } from '../../../src/attestation/build-origin.js'
import { openArchive } from '../../../src/command/shared/open-archive.js'
import { encodeOrigin, parseOrigin } from '../../../src/command/shared/origin-blob.js'
import { rejection } from '../../nix/fakes.js'
import { archiveOf, containerOf, originOf } from '../../support/archives.js'

const HELLO = containerOf('hello', 'x86_64-linux')
const JOB = {
  run: 'https://github.com/octo-org/app/actions/runs/1/attempts/1',
  name: 'build',
  environment: 'self-hosted',
}

describe('what a build says about itself', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'origin-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  test.each([
    ['in a job', { job: JOB }],
    ['on a machine, of a flake without inputs', { flakeInputs: [], flake: { url: 'path:app' } }],
  ])('travels in the archive, %s', async (_, about) => {
    const origin = originOf(HELLO, about)
    const file = await archiveOf(folder, HELLO, undefined, undefined, undefined, origin)
    expect((await openArchive(file))?.origin).toEqual(origin)
  })

  test('does not change the image', async () => {
    const plain = await openArchive(await archiveOf(folder, HELLO))
    const file = await archiveOf(folder, HELLO, undefined, undefined, undefined, originOf(HELLO))
    expect((await openArchive(file))?.image.manifest.digest).toBe(plain?.image.manifest.digest)
  })

  test('is an error that names the archive if it is damaged', async () => {
    const file = await archiveOf(folder, HELLO, undefined, undefined, undefined, originOf(HELLO))
    const bytes = readFileSync(file)
    const position = bytes.indexOf('"nixVersion"')
    bytes.write('"nixversioN"', position)
    writeFileSync(file, bytes)
    const { message, hint } = await rejection(openArchive(file))
    expect(message).toContain(file)
    expect(hint).toBeDefined()
  })
})

/** A record with other JSON at a path. */
function changed(path: string, value: unknown): Buffer {
  const json = structuredClone(originOf(HELLO, { job: JOB })) as unknown as Record<string, unknown>
  const names = path.split('.')
  const last = names.pop() ?? ''
  // biome-ignore lint/suspicious/noExplicitAny: any field of the record
  const parent = names.reduce((each: any, name) => each[name], json)
  if (value === undefined) delete parent[last]
  else parent[last] = value
  return Buffer.from(JSON.stringify(json))
}

describe('a record that no build of this program has written is refused', () => {
  test.each([
    ['nixVersion', 7],
    ['machine', 'x86_64\u001b[31m'],
    ['isEmulated', 'no'],
    ['derivation', undefined],
    ['job.name', undefined],
    ['job.actor', 'me'],
    ['flake', undefined],
    ['flake.narHash', 'sha256-short'],
    ['flakeInputs', {}],
    ['flakeInputs.0.revision', 'main'],
    ['flakeInputs.0.url', 'a\nb'],
    ['storePaths.builtHere', -1],
    ['storePaths.builtHere', undefined],
    ['storePaths.downloaded.0.count', '3'],
    ['storePaths.signedBy.0.key', null],
    ['storePaths.verified', true],
    ['isReproducible', true],
  ])('%s: %j', (path, value) => {
    const name = path.split('.').at(-1) ?? ''
    expect(() => parseOrigin(changed(path, value))).toThrow(name)
  })

  test('a record that is not changed is accepted', async () => {
    const origin: BuildOrigin = originOf(HELLO, { job: JOB })
    expect(parseOrigin(await buffer(encodeOrigin(origin).open()))).toEqual(origin)
  })
})

import { afterEach, describe, expect, test } from '@jest/globals'
import { merge } from '../../../src/command/merge/merge.js'
import type { RegistryOptions } from '../../support/registry.js'
import { type MergeRig, mergeRig } from './merge-rig.js'

let rig: MergeRig
afterEach(() => rig.close())

async function publishVersions(options: RegistryOptions, more: Readonly<Record<string, string>> = {}) {
  rig = await mergeRig(options)
  await rig.build('one', { version: '1.2.3' })
  await merge(rig.request({ tags: '1.2.3 latest' }), rig.runOf('first'))
  await rig.build('one', {
    version: '1.2.4',
    derivation: '/nix/store/00000000000000000000000000000000-next.drv',
  })
  const host = rig.runOf('second')
  const result = await merge(rig.request({ tags: '1.2.4 latest', ...more }), host).catch(error => error)
  return { host, result }
}

describe('where tags are immutable', () => {
  const immutable: RegistryOptions = {
    immutableTags: { status: 400, code: 'TAG_INVALID', message: 'the repository is immutable' },
  }

  test('`latest` stays with a warning, and the new version is set', async () => {
    const { host, result } = await publishVersions(immutable)
    expect(rig.tag('latest')).toBe(rig.tag('1.2.3'))
    expect(rig.tag('1.2.4')).toBe(result[0].digest)
    expect(host.logged.filter(line => line.startsWith('warning:')).join('\n')).toMatch(
      /o\/one:latest cannot be changed, and still points to sha256:\w+: 400 .*immutable\nTags are immutable/,
    )
    expect(host.outputs.get('tags')).toBe(`${rig.registry.host}/o/one:1.2.4`)
  })

  test('an image that gets no tag is an error', async () => {
    const { result } = await publishVersions(immutable, { tags: 'latest' })
    expect(result.message).toMatch(/o\/one:latest cannot be changed/)
    expect(result.hint).toMatch(/set `tags` to tags that do not exist yet/)
  })

  test('an exact version that must be overwritten is an error, and the new version is set', async () => {
    const { result } = await publishVersions(immutable, { tags: '1.2.3 1.2.4', overwrite: 'true' })
    expect(result.message).toMatch(/o\/one:1\.2\.3 cannot be changed, and still points to /)
    expect(rig.tag('1.2.4')).toBeDefined()
    expect(rig.tag('1.2.4')).not.toBe(rig.tag('1.2.3'))
  })
})

describe('where the list of tags', () => {
  test('is not supported, `latest` moves by the image that it points to', async () => {
    const { host } = await publishVersions({ listRefusal: { status: 405, code: 'UNSUPPORTED' } })
    expect(rig.tag('latest')).toBe(rig.tag('1.2.4'))
    expect(host.logged.join('\n')).toMatch(
      /does not list the tags of o\/one: newer versions are only found under/,
    )
  })

  test('is not supported, `latest` does not go back to an older version', async () => {
    const { host } = await publishVersions(
      { listRefusal: { status: 501 } },
      { tags: '1.0.0 latest', version: '1.0.0' },
    )
    expect(rig.tag('latest')).toBe(rig.tag('1.2.3'))
    // A long message is several lines.
    const log = host.logged.join('\n').replace(/\s+(info:\s+)?/g, ' ')
    expect(log).toMatch(/latest is not changed: it points to the newer version 1\.2\.3/)
  })

  test('refuses a page size, it is read without one', async () => {
    const { host } = await publishVersions({ listRefusal: { status: 400, onlyWithSize: true } })
    expect(rig.tag('latest')).toBe(rig.tag('1.2.4'))
    expect(host.logged.filter(line => line.startsWith('warning:'))).toEqual([])
  })
})

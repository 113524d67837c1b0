import { afterEach, describe, expect, test } from '@jest/globals'
import { merge } from '../../src/command/merge/merge.js'
import type { Digest } from '../../src/oci/digest.js'
import { type MergeRig, mergeRig } from '../command/merge/merge-rig.js'
import { HABITS } from '../support/registry-habits.js'

const LOGIN = { username: 'me', password: 'hush' }

let rig: MergeRig
afterEach(() => rig.close())

/** Merges the archives of the container for a commit. Returns the warnings. */
async function publish(commit: string, version: string): Promise<{ digest: string; warnings: string }> {
  const host = rig.runOf(commit)
  const [merged] = await merge(rig.request({ tags: `${version} latest`, ...LOGIN }), host)
  const warnings = host.logged.filter(line => line.startsWith('warning:')).join('\n')
  return { digest: merged?.digest ?? '', warnings }
}

const expectWhole = (digest: string): void =>
  expect(rig.registry.missing('o/one', digest as Digest)).toEqual([])

describe.each(Object.entries(HABITS))('%s', (_name, { options }) => {
  test('an image is pushed, is unchanged the next time, and its tags move to the next version', async () => {
    rig = await mergeRig(options)
    await rig.build('one', { version: '1.2.3' })
    const first = await publish('first', '1.2.3')
    expectWhole(first.digest)
    rig.registry.log.length = 0
    expect((await publish('first', '1.2.3')).digest).toBe(first.digest)
    expect(rig.registry.requests('PUT', /./)).toEqual([])
    await rig.build('one', { version: '1.2.4' })
    const next = await publish('second', '1.2.4')
    expectWhole(next.digest)
    expect([rig.tag('1.2.3'), rig.tag('1.2.4'), rig.tag('latest')]).toEqual([
      first.digest,
      next.digest,
      next.digest,
    ])
    // An older version does not move `latest` back.
    await rig.build('one', { version: '1.2.2' })
    await publish('third', '1.2.2')
    expect(rig.tag('latest')).toBe(next.digest)
  })
})

test.each(Object.entries(HABITS).filter(([, { immutable }]) => immutable))(
  '%s with immutable tags: the new version is set, and `latest` stays',
  async (_name, { options, immutable }) => {
    rig = await mergeRig({ ...options, ...(immutable && { immutableTags: immutable }) })
    await rig.build('one', { version: '1.2.3' })
    const first = await publish('first', '1.2.3')
    await rig.build('one', { version: '1.2.4' })
    const next = await publish('second', '1.2.4')
    expect([rig.tag('1.2.4'), rig.tag('latest')]).toEqual([next.digest, first.digest])
    expect(next.warnings).toMatch(/o\/one:latest cannot be changed/)
  },
)

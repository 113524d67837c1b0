import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { merge } from '../../../src/command/merge/merge.js'
import { type MergeRig, mergeRig } from './merge-rig.js'

let rig: MergeRig
beforeEach(async () => {
  rig = await mergeRig()
  await rig.build('one', { version: '1.2.3' })
})
afterEach(() => rig.close())

/** Merges and returns the number of requests, including those for tokens. */
async function countRequests(commit: string, tags: string): Promise<number> {
  rig.registry.log.length = 0
  await merge(rig.request({ tags }), rig.runOf(commit))
  return rig.registry.log.length
}

test.each(['auto', '1.2.3, 1.2, 1, latest'])(
  'an unchanged image needs fewer than 12 requests; tags: %s',
  async tags => {
    await countRequests('first', tags)
    expect(await countRequests('first', tags)).toBeLessThan(12)
  },
)

test('an unchanged image of another commit uploads nothing', async () => {
  const tags = '1.2.3, 1.2, 1, latest'
  await countRequests('first', tags)
  expect(await countRequests('second', tags)).toBeLessThan(12)
  expect(rig.registry.requests('PUT', /./)).toEqual([])
})

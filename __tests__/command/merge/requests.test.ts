import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { merge } from '../../../src/command/merge/merge.js'
import { type MergeRig, mergeRig } from './merge-rig.js'

let rig: MergeRig
beforeEach(async () => {
  rig = await mergeRig()
  await rig.build('one', { version: '1.2.3' })
})
afterEach(() => rig.close())

/** How many requests a merge makes, those for tokens among them. */
async function requestsOf(commit: string, tags: string): Promise<number> {
  rig.registry.log.length = 0
  await merge(rig.request({ tags }), rig.runOf(commit))
  return rig.registry.log.length
}

test.each(['auto', '1.2.3, 1.2, 1, latest'])(
  'what has not changed costs a handful of requests; tags: %s',
  async tags => {
    await requestsOf('first', tags)
    expect(await requestsOf('first', tags)).toBeLessThan(12)
  },
)

test('an unchanged image of another commit sends nothing, either', async () => {
  const tags = '1.2.3, 1.2, 1, latest'
  await requestsOf('first', tags)
  expect(await requestsOf('second', tags)).toBeLessThan(12)
  expect(rig.registry.requests('PUT', /./)).toEqual([])
})

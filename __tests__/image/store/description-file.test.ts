import { rm } from 'node:fs/promises'
import { describe, expect, test } from '@jest/globals'
import { type DescriptionFormat, openDescription } from '../../../src/image/store/description-file.js'
import type { StoreImage } from '../../../src/image/store/store-image.js'
import { UserError } from '../../../src/util/error.js'
import { useFolder } from '../fixture.js'

const folder = useFolder()

/** A format whose images have the bytes of the description as their config. */
function formatOf(keys: readonly string[], parse?: DescriptionFormat['parse']): DescriptionFormat {
  const echo = async (bytes: Buffer): Promise<StoreImage> => ({
    names: [],
    layers: [],
    encodeConfig: () => bytes,
  })
  return { label: 'a test', keys, hint: 'Do it again.', parse: parse ?? echo }
}

describe('a description', () => {
  test('has the first format whose keys it has', async () => {
    const path = await folder.write('image.json', '{ "a": 1, "b": 2 }')
    const refuse = async (): Promise<never> => {
      throw new Error('not this one')
    }
    const formats = [formatOf(['a', 'c'], refuse), formatOf(['a', 'b']), formatOf(['a'], refuse)]
    const image = await (await openDescription(path, path, formats))?.read()
    expect(image?.encodeConfig([]).toString()).toBe('{ "a": 1, "b": 2 }')
    expect(await openDescription(path, path, [formatOf(['c'])])).toBeUndefined()
    expect(await openDescription(path, path, [])).toBeUndefined()
  })

  test('is read once', async () => {
    const path = await folder.write('image.json', '{ "a": 1 }')
    const description = await openDescription(path, path, [formatOf(['a'])])
    await rm(path)
    const image = await description?.read()
    expect(image?.encodeConfig([]).toString()).toBe('{ "a": 1 }')
    expect(await description?.read()).toBe(image)
  })

  test('has at most 16 MiB', async () => {
    const text = '{ "a": 1 }'
    const limit = await folder.write('limit.json', text.padEnd(16 << 20))
    expect(await openDescription(limit, limit, [formatOf(['a'])])).toBeDefined()
    const large = await folder.write('large.json', text.padEnd((16 << 20) + 1))
    expect(await openDescription(large, large, [formatOf(['a'])])).toBeUndefined()
  })

  test('that is refused is named, with what to do', async () => {
    const path = await folder.write('image.json', '{ "a": 1 }')
    const failWith = (error: Error): DescriptionFormat =>
      formatOf(['a'], async () => {
        throw error
      })
    const read = async (error: Error): Promise<unknown> =>
      (await openDescription(path, path, [failWith(error)]))?.read().catch(each => each)
    expect(await read(new Error('it has no layers'))).toMatchObject({
      name: 'UserError',
      message: `${path} is not a test that can be used: it has no layers`,
      hint: 'Do it again.',
    })
    const own = new UserError('the format says more', { hint: 'Do something else.' })
    expect(await read(own)).toBe(own)
  })
})

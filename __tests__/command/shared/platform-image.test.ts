import { expect, test } from '@jest/globals'
import { imageVersionOf } from '../../../src/command/shared/platform-image.js'
import { CONTAINER, IMAGE_NAME, REF_NAME, VERSION } from '../../../src/oci/annotation-keys.js'

test.each([
  ['v1.2.3', '1.2.3'],
  ['release-1.2.3', '1.2.3'],
  ['web-1.2.3', '1.2.3'],
  ['site-1.2.3', '1.2.3'],
  // The version of something else in the image.
  ['bookworm-12.5', undefined],
  ['nginx-1.25.3', undefined],
  ['nginx@1.25.3', undefined],
])('the tag %s of the image ghcr.io/me/site of the container web has the version %s', (tag, version) => {
  const names = { [CONTAINER]: 'web', [IMAGE_NAME]: 'ghcr.io/me/site' }
  expect(imageVersionOf([{ ...names, [REF_NAME]: tag }])).toBe(version)
  expect(imageVersionOf([{ ...names, [REF_NAME]: tag, [VERSION]: '2.0.0' }])).toBe('2.0.0')
})

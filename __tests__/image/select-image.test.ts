import { expect, test } from '@jest/globals'
import { selectImage } from '../../src/image/select-image.js'
import { bytesBlob } from '../../src/oci/image.js'
import { OCI_INDEX, OCI_MANIFEST } from '../../src/oci/media-type.js'

test('platforms from outside are quoted before they are told', async () => {
  const manifests = ['arm64', '\x1b[2J\x9b31m'].map(architecture => ({
    ...bytesBlob(Buffer.from(architecture), { mediaType: OCI_MANIFEST }),
    platform: { os: 'linux', architecture },
  }))
  const selected = selectImage({ mediaType: OCI_INDEX, manifests }, async () => Buffer.alloc(0), undefined)
  await expect(selected).rejects.toThrow('it holds 2 images ("linux/\\u001b[2J?31m, linux/arm64"), and no')
})

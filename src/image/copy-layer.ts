import { layerType } from '../oci/media-type.js'
import type { PartFile } from '../util/part-file.js'
import type { Sink } from './format/block-writer.js'
import type { StagedEncoding } from './format/blocks.js'
import { type Bytes, Sum, tapped } from './format/bytes.js'
import { decode } from './format/decode.js'
import { MachineSurvey } from './platform-check.js'
import type { ReadLayer } from './staged-layer.js'

/** Already as wanted: the bytes are kept, and decoded only for the digest of what they hold. */
export async function copyLayer(part: PartFile, encoding: StagedEncoding, bytes: Bytes): Promise<ReadLayer> {
  const plain = new Sum()
  const sum = new Sum()
  const survey = new MachineSurvey()
  for await (const chunk of decode(encoding, tapped(bytes, summed(part, sum)))) {
    plain.add(chunk)
    survey.add(chunk)
  }
  await part.close()
  const source = sum.total()
  const stored = { mediaType: layerType(encoding), ...source }
  const { machines } = survey
  return { finished: Promise.resolve({ diffId: plain.total().digest, source, stored, machines, part }) }
}

/** Writes to a part file, and sums up what is written. */
export function summed(part: PartFile, sum: Sum): Sink {
  return bytes => {
    sum.add(bytes)
    return part.write(bytes)
  }
}

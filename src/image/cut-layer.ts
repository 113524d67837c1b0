import type { Descriptor } from '../oci/descriptor.js'
import type { PartFile } from '../util/part-file.js'
import { summed } from './copy-layer.js'
import { type Bytes, Sum } from './format/bytes.js'
import type { GzipSource } from './format/gzip-index.js'
import { CutWriter } from './format/gzip-slice.js'
import { MachineSurvey, type Machines } from './platform-check.js'

/** Where a layer lies in the content of a gzip stream. */
export interface Cut {
  readonly from: GzipSource
  readonly start: number
}

type Amount = Pick<Descriptor, 'digest' | 'size'>

/** Writes a layer as it goes by, as one gzip member, and closes the file. */
export async function cutLayer(
  part: PartFile,
  bytes: Bytes,
  { from, start }: Cut,
): Promise<{ plain: Amount; packed: Amount; machines: Machines }> {
  const plain = new Sum()
  const packed = new Sum()
  const survey = new MachineSurvey()
  const writer = await CutWriter.begin(from, start, summed(part, packed))
  for await (const chunk of bytes) {
    plain.add(chunk)
    survey.add(chunk)
    await writer.write(chunk)
  }
  await writer.end()
  await part.close()
  return { plain: plain.total(), packed: packed.total(), machines: survey.machines }
}

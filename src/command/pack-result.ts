import type { Host } from '../host/host.js'
import type { LayerCompression } from '../image/format/ordered-block-writer.js'
import type { ImageHead } from '../image/pack-layers.js'
import { type PackedImage, packImage } from '../image/read-image.js'
import type { ImageSource } from '../image/source.js'
import { detectSystem } from '../nix/detect-system.js'
import { type Nix, openNix } from '../nix/nix.js'
import { InvalidConfig } from '../oci/check-config.js'
import { UserError } from '../util/error.js'
import { createScriptIsolator, type StreamScripts } from './build/isolate-scripts.js'
import { createStoreRecords } from './build/store-records.js'
import { nixContextOf } from './setup/nix-context.js'

export interface PackOptions {
  readonly encoding: LayerCompression
  readonly level?: number | undefined
  readonly streamScripts: StreamScripts
  /** The folder for the layers, in the temporary folder of the run. */
  readonly directory: string
  /** Called with the config and the names of the image, if possible before its layers are read. */
  readonly onHead?: (head: ImageHead) => Promise<void>
}

/** Packs an image that Nix built earlier, such as `./result`: no flake is evaluated. A stream script runs in a sandbox. */
export async function packResult(
  source: ImageSource,
  options: PackOptions,
  host: Host,
): Promise<PackedImage> {
  const { encoding, level, streamScripts, directory, onHead } = options
  let opening: Promise<Nix> | undefined
  const findNix = (): Promise<Nix> => {
    opening ??= openNix(nixContextOf(host))
    return opening
  }
  const isolate = async () => {
    const nix = await findNix()
    const isolator = createScriptIsolator(nix, { policy: streamScripts, host })
    return isolator.isolate({ system: detectSystem(), options: [] })
  }
  try {
    return await packImage(source, {
      encoding,
      directory,
      isolate,
      signal: host.signal,
      records: createStoreRecords(() => findNix().catch(() => undefined), { signal: host.signal }),
      ...(level !== undefined && { level }),
      ...(onHead && { onHead }),
    })
  } catch (error) {
    if (!(error instanceof InvalidConfig)) throw error
    const { suggestion } = error
    throw new UserError(`${source.path}: other tools cannot read its image config: ${error.message}`, {
      ...(suggestion && { hint: `In the flake, write ${suggestion}, and build it again.` }),
      cause: error,
    })
  }
}

/** For `inspect`, which never runs a stream script without a sandbox. */
export function packForInspection(source: ImageSource, directory: string, host: Host): Promise<PackedImage> {
  return packResult(source, { encoding: 'gzip', streamScripts: 'isolated', directory }, host)
}

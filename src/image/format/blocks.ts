import { UserError } from '../../util/error.js'
import { hasZstd } from './decode.js'

/** How a layer is compressed, block by block and several blocks at once, into one stream. */
export interface BlockFormat {
  readonly head: Buffer
  /**
   * Called for each block in order; a block may be asked for before the one before it is done. The block's bytes may change
   * as soon as it is done.
   */
  encode(block: Buffer): Promise<Buffer>
  /** What ends the stream, once every block has been asked for. */
  tail(): Buffer
}

/** The encodings that layers are compressed to. */
export type StagedEncoding = 'gzip' | 'zstd'

/** What compression levels there are, from the fastest to the one that gives the fewest bytes. */
const LEVELS: Readonly<Record<StagedEncoding, readonly [from: number, to: number]>> = {
  gzip: [1, 9],
  zstd: [1, 19],
}

/** Throws a `UserError` when this Node.js cannot write the encoding, or when the encoding has no such level. */
export function checkEncoding(encoding: StagedEncoding, level?: number): void {
  checkRuntime(encoding)
  const [from, to] = LEVELS[encoding]
  if (level === undefined || (Number.isInteger(level) && level >= from && level <= to)) return
  throw new UserError(`${encoding} has no compression level ${level}`, {
    hint: `Its levels are the whole numbers from ${from}, the fastest, to ${to}, which gives the fewest bytes.`,
  })
}

function checkRuntime(encoding: StagedEncoding): void {
  if (encoding === 'gzip' || hasZstd()) return
  throw new UserError(`Node.js ${process.versions.node} cannot write ${encoding}`, {
    hint: 'Use Node.js 22.15 or newer, or gzip.',
  })
}

import type { BlockFormat, StagedEncoding } from './block-format.js'
import { GzipFormat } from './gzip-format.js'
import { ZstdFormat } from './zstd-format.js'

interface Kind {
  /** Bytes of content in each block but the last. */
  readonly blockSize: number
  /** How many blocks of one image are in memory: enough to keep four threads busy while the next are read. */
  readonly blocks: number
  /** The compression level where none is asked for. */
  readonly level: number
  begin(level: number): BlockFormat
}

// Measured on 690 MB of libraries and 300 MB of text: skopeo's gzip gives 35.3 and 35.5 % of the bytes; here level 1 gives
// 37.0 and 37.6 %, level 2 36.3 and 36.9 %, level 4 35.0 and 35.3 %. Level 2 is as fast as level 1 and takes a fifth less
// time than level 4. Smaller blocks are slower; larger ones gain nothing. A frame of zstd refers to nothing before it: with
// 2 MiB, level 3 gives 1.5 % more bytes than one long frame. A block of it in the works takes 4 MB beside itself.
export const BLOCK_FORMATS: Readonly<Record<StagedEncoding, Kind>> = {
  gzip: { blockSize: 1 << 20, blocks: 8, level: 2, begin: level => new GzipFormat(level) },
  zstd: { blockSize: 1 << 21, blocks: 5, level: 3, begin: level => new ZstdFormat(level) },
}

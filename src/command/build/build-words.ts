import type { Container } from '../../nix/container.js'
import { formatBytes, formatSeconds, plural } from '../../util/text.js'
import type { BuiltImage, How } from '../shared/build-report.js'
import type { CachedImage } from './image-cache.js'

/** How a build's log calls a container: `hello for x86_64-linux`. */
export function labelOf({ name, system }: Container): string {
  return `${name} for ${system}`
}

const DID: Readonly<Record<How, string>> = {
  built: 'built',
  emulated: 'built under QEMU',
  fetched: 'fetched',
  cached: 'taken from the cache',
}

/** `built in 1.2 s, packed in 0.4 s`. */
export function timesOf({ how, times: { build = 0, pack = 0 } }: BuiltImage): string {
  return `${DID[how]} in ${formatSeconds(build)}, packed in ${formatSeconds(pack)}`
}

/** `7 layers, 12.3 MB`. */
export function contentOf({ image, size }: Pick<CachedImage, 'image' | 'size'>): string {
  return `${plural(image.layers.length, 'layer')}, ${formatBytes(size)}`
}

import { basename } from 'node:path'
import { hexOfHash } from './nix32.js'

/** What a store knows of one of its paths. */
export interface StorePath {
  readonly path: string
  /** Of its serialisation (NAR), as Nix wrote it: `sha256-…` or `sha256:…`. */
  readonly narHash: string
  /** In bytes. */
  readonly narSize: number
  /** Store paths, its own perhaps among them. */
  readonly references: readonly string[]
  readonly deriver?: string | undefined
  readonly signatures: readonly string[]
  /** Says how the path follows from its content, where it does. */
  readonly ca?: string | undefined
}

/** The 32 characters that tell store paths apart. */
export function hashPart(path: string): string {
  return basename(path).slice(0, 32)
}

/** The name of an uncompressed serialisation within a binary cache. */
export function narFile(info: Pick<StorePath, 'narHash'>): string {
  return `nar/${hexOfHash(info.narHash)}.nar`
}

/** What a binary cache says of a path that it has uncompressed. The format is that of `nix copy --to file://…`. */
export function narinfo(info: StorePath): string {
  const hash = `sha256:${hexOfHash(info.narHash)}`
  const lines = [
    `StorePath: ${info.path}`,
    `URL: ${narFile(info)}`,
    'Compression: none',
    `FileHash: ${hash}`,
    `FileSize: ${info.narSize}`,
    `NarHash: ${hash}`,
    `NarSize: ${info.narSize}`,
    `References: ${info.references.map(path => basename(path)).join(' ')}`,
    ...(info.deriver === undefined ? [] : [`Deriver: ${basename(info.deriver)}`]),
    ...info.signatures.map(signature => `Sig: ${signature}`),
    ...(info.ca === undefined ? [] : [`CA: ${info.ca}`]),
  ]
  return `${lines.join('\n')}\n`
}

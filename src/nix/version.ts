/** Which Nix it is: the original, or one of those that share its command line. */
export type NixFlavour = 'nix' | 'determinate' | 'lix'

export interface NixVersion {
  readonly flavour: NixFlavour
  readonly major: number
  readonly minor: number
  /** As it was printed, `2.34.8`. */
  readonly text: string
}

const PRINTED = /^nix \(([^)]*)\) ((\d+)\.(\d+)\S*)/m

/** Reads what `nix --version` prints, such as `nix (Nix) 2.34.8`; `undefined` when it is something else. */
export function parseNixVersion(printed: string): NixVersion | undefined {
  const [, name = '', text = '', major, minor] = PRINTED.exec(printed) ?? []
  if (major === undefined) return undefined
  return { flavour: flavourOf(name), major: Number(major), minor: Number(minor), text }
}

function flavourOf(name: string): NixFlavour {
  if (name.startsWith('Determinate')) return 'determinate'
  return name.startsWith('Lix') ? 'lix' : 'nix'
}

/** Whether it has what came to the original with a version after 2.18, where Lix left it. */
export function hasSince(version: NixVersion, major: number, minor: number): boolean {
  return version.flavour !== 'lix' && isAtLeast(version, major, minor)
}

export function isAtLeast(version: NixVersion, major: number, minor: number): boolean {
  return version.major > major || (version.major === major && version.minor >= minor)
}

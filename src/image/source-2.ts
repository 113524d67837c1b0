/** What Nix produced, recognised. Paths are the files and folders themselves, after symbolic links. */
export type ImageSource =
  /** A plain tar with `manifest.json`. */
  | { readonly kind: 'docker-archive'; readonly path: string }
  /** A plain tar with `oci-layout`. */
  | { readonly kind: 'oci-archive'; readonly path: string }
  /** One of the two above, compressed: which one is known once it has been read. */
  | { readonly kind: 'compressed-archive'; readonly path: string; readonly compression: 'gzip' | 'zstd' }
  /** A program that writes a docker-archive to its standard output. */
  | { readonly kind: 'stream-script'; readonly path: string }
  /** A folder with `oci-layout`. */
  | { readonly kind: 'oci-layout'; readonly path: string }

import { join } from 'node:path'

export interface StoreSurroundings {
  /** The setting `store`. */
  readonly store: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly uid: number | undefined
  /** Whether `/nix/var/nix` is there. */
  readonly hasState: boolean
}

/**
 * The folder under which store paths really lie, where that is not `/`: a store may be set to one, and a user of a machine
 * that has no `/nix/var/nix` gets one at home. Programs in such a store cannot be run from outside of it.
 */
export function storeRoot({ store, env, uid, hasState }: StoreSurroundings): string | undefined {
  if (store.startsWith('/')) return store
  const root = /^local\?(?:.*&)?root=([^&]+)/.exec(store)?.[1]
  if (root !== undefined) return decodeURIComponent(root)
  if (store !== 'auto' || hasState || uid === undefined || uid === 0) return undefined
  const data = env.XDG_DATA_HOME || join(env.HOME ?? '/', '.local/share')
  return join(data, 'nix/root')
}

/** What one wants to do in a repository; to push is also to pull. */
export type Access = 'pull' | 'push'

/** What a token is asked for (Docker registry token specification): access to repositories. */
export interface Scope {
  readonly repository: string
  readonly access: Access
}

const ACTIONS: Readonly<Record<Access, string>> = { pull: 'pull', push: 'pull,push' }

/** `repository:owner/name:pull,push`, sorted, so that equal sets have equal texts. */
export function scopeTexts(scopes: readonly Scope[]): string[] {
  return scopes.map(({ repository, access }) => `repository:${repository}:${ACTIONS[access]}`).sort()
}

/** Whether a token for `held` does for `wanted`. */
export function covers(held: readonly Scope[], wanted: readonly Scope[]): boolean {
  return wanted.every(want =>
    held.some(
      have => have.repository === want.repository && (have.access === want.access || have.access === 'push'),
    ),
  )
}

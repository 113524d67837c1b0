import { BUILD_GROUP } from './users.js'

/** What is known of a machine when Nix is set up on it. */
export interface Machine {
  readonly mode: 'daemon' | 'single-user'
  /** Who may tell the daemon what to do. */
  readonly user: string
  readonly sandbox: boolean
  /** The kernel takes Nix's filter of system calls. */
  readonly filter: boolean
  /** A program that can be /bin/sh in the sandbox, where Nix itself may have none. */
  readonly shell?: string | undefined
}

/** The lines of a nix.conf for a machine. */
export function settingsFor({ mode, user, sandbox, filter, shell }: Machine): string[] {
  return [
    'extra-experimental-features = nix-command flakes',
    'max-jobs = auto',
    'fallback = true',
    'connect-timeout = 10',
    `sandbox = ${sandbox}`,
    ...(filter ? [] : ['filter-syscalls = false']),
    ...(shell === undefined ? [] : [`extra-sandbox-paths = /bin/sh=${shell}`]),
    `build-users-group = ${mode === 'daemon' ? BUILD_GROUP : ''}`.trimEnd(),
    ...(mode === 'daemon' && user !== 'root' ? [`extra-trusted-users = ${user}`] : []),
  ]
}

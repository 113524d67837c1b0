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

/** Lines of a nix.conf. */
export interface Settings {
  /** What others set counts before these. */
  readonly defaults: readonly string[]
  /** Without these nothing builds; what they add to stays. */
  readonly needed: readonly string[]
}

/** The settings for a machine. */
export function settingsFor({ mode, user, sandbox, filter, shell }: Machine): Settings {
  const sandboxed = `sandbox = ${sandbox}`
  return {
    defaults: [
      'max-jobs = auto',
      'fallback = true',
      'connect-timeout = 10',
      `build-users-group = ${mode === 'daemon' ? BUILD_GROUP : ''}`.trimEnd(),
      ...(sandbox ? [sandboxed] : []),
    ],
    needed: [
      'extra-experimental-features = nix-command flakes',
      ...(sandbox ? [] : [sandboxed]),
      ...(filter ? [] : ['filter-syscalls = false']),
      ...(shell === undefined ? [] : [`extra-sandbox-paths = /bin/sh=${shell}`]),
      ...(mode === 'daemon' && user !== 'root' ? [`extra-trusted-users = ${user}`] : []),
    ],
  }
}

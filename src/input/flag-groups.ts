import type { Input } from './read-inputs.js'

/** The flags of a command under one title. */
export interface FlagGroup {
  readonly title: string
  readonly inputs: readonly Input<unknown>[]
}

/** The names of the flags under each title of help, in order. */
const GROUPS: readonly (readonly [title: string, names: readonly string[]])[] = [
  [
    'Containers',
    [
      'flake',
      'containers',
      'attribute',
      'systems',
      'archives',
      'plan',
      'force',
      'runners',
      'group',
      'paths',
      'diff',
      'platform',
      'rebuild',
      'strict',
    ],
  ],
  [
    'Result',
    [
      'output',
      'format',
      'archive',
      'image',
      'push',
      'archive-layers',
      'compression',
      'compression-level',
      'sbom',
      'skip-checks',
    ],
  ],
  [
    'Signatures',
    [
      'attest',
      'signing-config',
      'repo',
      'key',
      'signer-workflow',
      'workflow',
      'source-ref',
      'oidc-issuer',
      'bundle',
      'trusted-root',
      'check-layers',
    ],
  ],
  ['Tests', ['test', 'test-timeout', 'test-network', 'test-engine']],
  ['Tags and labels', ['tags', 'version', 'flavor', 'overwrite', 'annotations', 'labels']],
  ['Versions', ['keep', 'older-than', 'closed-pull-requests', 'delete']],
  ['Registry', ['username', 'password-stdin', 'insecure', 'push-timeout']],
  [
    'Nix and binary caches',
    [
      'emulation',
      'stream-scripts',
      'qemu-image',
      'nix-version',
      'nix-url',
      'nix-sha256',
      'nix-conf',
      'cachix',
      'cachix-host',
      'extra-substituters',
      'extra-trusted-public-keys',
      'push-to',
      'store',
    ],
  ],
  ['General', ['json', 'quiet', 'verbose']],
]

/** Groups flags for help. Groups without a flag are left out. Flags of no group are under "Other". */
export function groupFlags(flags: readonly Input<unknown>[]): FlagGroup[] {
  const known = GROUPS.flatMap(([, names]) => names)
  const others = flags.filter(({ name }) => !known.includes(name))
  const groups = GROUPS.map(([title, names]) => ({
    title,
    inputs: names.flatMap(name => flags.filter(input => input.name === name)),
  }))
  const last = groups.splice(-1)
  return [...groups, { title: 'Other', inputs: others }, ...last].filter(({ inputs }) => inputs.length > 0)
}

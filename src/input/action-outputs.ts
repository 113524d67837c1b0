import type { Host } from '../host/host.js'

/** One output of an action. */
export interface Output {
  /** One paragraph in Markdown. */
  readonly doc: string
  /** The old name of the output. It is set too. */
  readonly formerly?: string
}

/** The outputs of each action. */
export const ACTION_OUTPUTS = {
  plan: {
    matrix: {
      doc:
        'The matrix of the build jobs, for `fromJSON`: a list of jobs under `include`, each with `name`, `container` ' +
        '(names separated by spaces), `system`, `runner` and `emulated`.',
    },
    jobs: { doc: 'The number of jobs in the matrix. `0` if all containers are unchanged.' },
    containers: {
      doc: 'The names of all containers of the plan, newline-separated, including unchanged ones.',
    },
    plan: {
      doc: 'The name and the SHA-256 of the artifact with the plan, for the input `plan` of the merge.',
    },
    image: { doc: 'The repositories that the merge pushes to, as templates, newline-separated.' },
    json: {
      doc:
        'The containers as a JSON list: name, version, whether the container is built, the reason, and systems with ' +
        'derivations.',
    },
  },
  build: {
    'archive-paths': { doc: 'The paths of the archives, newline-separated.', formerly: 'archives' },
    containers: { doc: 'The names of the containers that were built, newline-separated.' },
    json: {
      doc:
        'The archives as a JSON list: container, system, platform, file, size in bytes, digest of the manifest, and ' +
        'derivation.',
    },
  },
  merge: {
    digest: {
      doc:
        'The digest of the multi-arch image. With more than one container: newline-separated, in the order of the ' +
        'output `image`.',
    },
    image: { doc: 'The pushed images with digest, `registry/owner/name@sha256:…`, newline-separated.' },
    tags: { doc: 'The tags that were set, as full references, newline-separated.' },
    'archive-paths': {
      doc: 'The paths of the multi-arch archives, newline-separated.',
      formerly: 'archives',
    },
    json: {
      doc:
        'The images as a JSON list: container, digest, images, tags, archive, platforms (with digest, size in bytes ' +
        'and layers), and what was uploaded.',
    },
  },
} as const satisfies Record<string, Readonly<Record<string, Output>>>

export type ActionName = keyof typeof ACTION_OUTPUTS

/** Lists the outputs of an action. A deprecated name comes after the current one. */
export function listOutputs(action: ActionName): (readonly [name: string, doc: string])[] {
  const outputs: [string, Output][] = Object.entries(ACTION_OUTPUTS[action])
  return outputs.flatMap(([name, { doc, formerly }]) => [
    [name, doc] as const,
    ...(formerly === undefined ? [] : [[formerly, `Deprecated: use \`${name}\`.`] as const]),
  ])
}

type OutputValues<Action extends ActionName> = Readonly<
  Partial<Record<keyof (typeof ACTION_OUTPUTS)[Action], string>>
>

/** Sets outputs of an action, and their old names. */
export function setOutputs<Action extends ActionName>(
  action: Action,
  values: OutputValues<Action>,
  host: Pick<Host, 'setOutput'>,
): void {
  const outputs: Readonly<Record<string, Output>> = ACTION_OUTPUTS[action]
  for (const [name, value] of Object.entries<string | undefined>(values)) {
    if (value === undefined) continue
    host.setOutput(name, value)
    const formerly = outputs[name]?.formerly
    if (formerly !== undefined) host.setOutput(formerly, value)
  }
}

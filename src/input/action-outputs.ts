import type { Host } from '../host/host.js'
import { joinNames } from '../util/find-similar.js'

/** One output of an action. */
export interface Output {
  /** One paragraph in Markdown. */
  readonly doc: string
  /** The old name of the output. It is set too. */
  readonly formerly?: string
}

/** The outputs of the actions that push. */
const PUSH_OUTPUTS = {
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
  images: {
    doc:
      'The images as a JSON object by container, for example `fromJSON(steps.ID.outputs.images).fd.digest`. Each has ' +
      '`digest`, and the lists `tags`, `platforms`, `repositories` and `images`, as full references. `archive` is its path, if ' +
      'there is one.',
  },
  json: {
    doc:
      'The images as a JSON list: container, digest, images, tags, archive, platforms (with digest, size in bytes ' +
      'and layers), and what was uploaded.',
  },
} as const

/**
 * The outputs of each action, in the order of their importance: if all of them are larger than GitHub allows, the last ones are
 * left out.
 */
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
    images: {
      doc:
        'The archives as a JSON object by container and system, for example ' +
        "`fromJSON(steps.build.outputs.images).fd['x86_64-linux'].archive`. Each has `archive` (its path), `digest` (of the " +
        'manifest) and `platform`.',
    },
    json: {
      doc:
        'The archives as a JSON list: container, system, platform, file, size in bytes, digest of the manifest, and ' +
        'derivation.',
    },
  },
  merge: PUSH_OUTPUTS,
  publish: PUSH_OUTPUTS,
  verify: {
    verdict: {
      doc: 'The result of the rebuild: `identical`, `same content` or `different`. Empty without `rebuild`.',
    },
    image: {
      doc:
        'The image with its digest, `registry/owner/name@sha256:…`, to deploy exactly what was verified. Only set with `repo` ' +
        'or `key`, and if nothing is wrong.',
    },
    digest: { doc: 'The digest of the image that was verified.' },
    json: { doc: 'The result as JSON, as `verify --json` prints it: platforms, findings, and the rebuild.' },
  },
  prune: {
    deleted: {
      doc: 'The deleted versions, `ghcr.io/owner/name@sha256:…`, newline-separated. Empty after a dry run.',
    },
    json: {
      doc:
        'The results as a JSON list: image, the number of versions, the unused versions (with digest, tags, reason and ' +
        'outcome), and the number of versions that stay by reason.',
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

/**
 * In UTF-16 code units. GitHub allows 1 MiB of outputs for a job, and counts two bytes per unit:
 * https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idoutputs
 */
export const MAX_OUTPUT_LENGTH = 500_000

/**
 * Sets outputs of an action, and their old names. If all of them are larger than GitHub allows, the less important ones are left
 * empty, with a warning: at this point the work is done.
 */
export function setOutputs<Action extends ActionName>(
  action: Action,
  values: OutputValues<Action>,
  host: Pick<Host, 'kind' | 'setOutput'> & { readonly log: Pick<Host['log'], 'warning'> },
): void {
  const outputs: [string, Output][] = Object.entries(ACTION_OUTPUTS[action])
  const texts: Readonly<Record<string, string | undefined>> = values
  const omitted: string[] = []
  let room = MAX_OUTPUT_LENGTH
  for (const [name, { formerly }] of outputs) {
    const value = texts[name]
    if (value === undefined) continue
    const names = formerly === undefined ? [name] : [name, formerly]
    const size = names.length * value.length
    if (size <= room) {
      room -= size
      for (const each of names) host.setOutput(each, value)
    } else omitted.push(`\`${name}\``)
  }
  if (omitted.length > 0 && host.kind === 'github') host.log.warning(describeOmitted(omitted))
}

function describeOmitted(names: readonly string[]): string {
  const outputs = names.length === 1 ? `The output ${names[0]} is` : `The outputs ${joinNames(names)} are`
  return `${outputs} empty, because GitHub allows 1 MiB of outputs for each job. Run fewer containers in a job`
}

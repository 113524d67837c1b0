import { parseFlavor, parseTagRequest } from '../tags/request.js'
import { parseAnnotations, parseLabels } from './annotation-lines.js'
import { define } from './define.js'
import { flag, oneOf, optionalText } from './parse.js'

export const tags = define({
  name: 'tags',
  placeholder: 'TAGS',
  default: 'auto',
  // Rules that make no tag are not to end in `latest`.
  blank: 'refused',
  repeats: true,
  parse: parseTagRequest,
  doc: 'The tags to set. `auto` takes them from the version and from Git: `1.2.3`, `1.2`, `1` and `latest`, the branch, `sha-` and the commit, `pr-` and the number. Or a list between spaces, commas or line ends; or the rules of docker/metadata-action, one a line, or what that action gives. They all name one digest, move last, and never go backwards.',
})

export const version = define({
  name: 'version',
  placeholder: 'VERSION',
  parse: optionalText,
  doc: "The version that tags are made from. By default it is the image's own, its `version` or its tag when that is a version, else that of the Git tag.",
})

export const flavor = define({
  name: 'flavor',
  placeholder: 'LINES',
  repeats: true,
  parse: parseFlavor,
  doc: 'What holds for all tags that rules make, as in docker/metadata-action: `latest=auto|true|false`, `prefix=…`, `suffix=…`.',
})

export const push = define({
  name: 'push',
  placeholder: 'auto|true|false',
  default: 'auto',
  parse: oneOf('auto', 'true', 'false'),
  doc: 'Whether anything is sent to a registry. `auto` sends nothing for pull requests; there all is done but that.',
})

export const overwrite = define({
  name: 'overwrite',
  placeholder: '',
  default: 'false',
  parse: flag,
  doc: 'Let the tag of an exact version be set anew although it names something else already. By default that is an error.',
})

export const annotations = define({
  name: 'annotations',
  placeholder: 'LINES',
  repeats: true,
  parse: parseAnnotations,
  doc: 'Lines `key=value` that are written on the index and on the manifests, beside those that come from Git and the flake, and before them. `index:` or `manifest:` at the beginning of a line names one of the two.',
})

export const labels = define({
  name: 'labels',
  placeholder: 'LINES',
  repeats: true,
  parse: parseLabels,
  doc: "Lines `key=value` for the labels in the images' configurations.",
})

export const release = define({
  name: 'release',
  on: 'action',
  placeholder: '',
  default: 'false',
  parse: flag,
  doc: 'After a push to the default branch with a version that is new: make the Git tag `v<version>` and a release on GitHub, when all is pushed. The job needs `permissions: contents: write`.',
})

/** For the merge: what the plan found. */
export const plan = define({
  name: 'plan',
  placeholder: 'FILE',
  parse: optionalText,
  doc: 'The document that `plan` wrote: containers that it found unchanged are taken from the registry, and only their tags are brought up to date. By default it is the artifact that the plan left in this workflow run, if it did.',
})

/** What decides which tags a run sets; the plan looks under the same names. */
export const tagging = { tags, version, flavor, push, overwrite }

/** What the merge writes on images beside that. */
export const writing = { annotations, labels }

import { UserError } from '../util/error.js'

// The parsers of the inputs that say who must have signed an image. Each throws an `Error` that says what is wrong.

const NAME = String.raw`[\w.-]+`
const REPOSITORY = new RegExp(`^${NAME}/${NAME}$`)

/** Parses `owner/name`, also as the address of the repository on GitHub. */
export function parseSourceRepository(text: string): string {
  const name = withoutAddress(text).replace(/(\.git)?\/*$/, '')
  const isDotted = name.split('/').some(part => /^\.+$/.test(part))
  if (REPOSITORY.test(name) && !isDotted) return name
  const other = /^[a-z+]+:\/\/(?:[^/@]*@)?([^/]+)/i.exec(text)?.[1]
  throw new UserError(`${JSON.stringify(text)} is not a repository on GitHub`, {
    hint:
      other === undefined
        ? 'Write it as `owner/name`.'
        : `Write it as \`owner/name\`. Signatures for repositories on ${other} are not supported.`,
  })
}

/** `https://github.com/`, as in a browser, or as in a certificate. */
function withoutAddress(text: string): string {
  return text.replace(/^(https?:\/\/)?(www\.)?github\.com\//i, '')
}

/** A workflow with its repository, and a ref if only this ref is right. */
export interface WorkflowName {
  /** `owner/name`; absent if the user did not write it. */
  readonly repository?: string
  /** `.github/workflows/x.yml` */
  readonly path: string
  /** `refs/tags/v1`, or a commit. */
  readonly ref?: string
}

const FOLDER = '.github/workflows/'
const FILE = /^[^/\s@]+\.ya?ml$/

/**
 * Parses `owner/name/.github/workflows/x.yml`, `.github/workflows/x.yml` or `x.yml`, also with `@ref`, and as an address on
 * GitHub.
 */
export function parseWorkflow(text: string): WorkflowName {
  const [name = '', ...refs] = withoutAddress(text).split('@')
  const parts = name.split('/')
  const file = parts.at(-1) ?? ''
  const folder = parts.slice(0, -1).join('/')
  const ref = refs.length === 0 ? undefined : parseWorkflowRef(refs.join('@'))
  const repository = folder.endsWith(`/${FOLDER.slice(0, -1)}`)
    ? parseSourceRepository(folder.slice(0, -FOLDER.length))
    : undefined
  const isPath = repository !== undefined || folder === '' || `${folder}/` === FOLDER
  if (!isPath || !FILE.test(file)) {
    throw new UserError(`${JSON.stringify(text)} is not a workflow`, {
      hint: `Write it as \`owner/name/${FOLDER}x.yml\`.`,
    })
  }
  return { path: FOLDER + file, ...(repository && { repository }), ...(ref && { ref }) }
}

function formatPath({ path, ref }: WorkflowName): string {
  return ref === undefined ? path : `${path}@${ref}`
}

/** `owner/name/.github/workflows/x.yml@refs/tags/v1`, as in a certificate. */
export function formatWorkflow(workflow: WorkflowName & { readonly repository: string }): string {
  return `${workflow.repository}/${formatPath(workflow)}`
}

/** A workflow that is used by its commit has the commit as its ref. */
function parseWorkflowRef(text: string): string {
  return /^[0-9a-f]{40}([0-9a-f]{24})?$/.test(text) ? text : parseFullRef(text)
}

/** Parses `refs/heads/main`. A short name could be a branch or a tag. */
export function parseFullRef(text: string): string {
  if (/^refs\/[^\s/][^\s]*$/.test(text)) return text
  throw new UserError(`${JSON.stringify(text)} is not a full ref`, {
    hint: /^[^\s@]+$/.test(text)
      ? `Write \`refs/heads/${text}\` for a branch, or \`refs/tags/${text}\` for a tag.`
      : 'Write it as `refs/heads/main` or `refs/tags/v1`.',
  })
}

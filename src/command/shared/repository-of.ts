import { parseReference, type Reference } from '../../oci/reference.js'
import { UsageError } from '../../util/error.js'

/** Where a filled template leads. Throws a `UsageError` for one with a tag or a digest. */
export function repositoryOf(text: string): Reference {
  const reference = parseReference(text)
  if (reference.tag === undefined && reference.digest === undefined) return reference
  throw new UsageError(`\`image\` names a tag or a digest: ${text}`, { hint: 'Give tags with `tags`.' })
}

import { UserError } from '../../util/error.js'
import { nameInput } from '../../util/input-name.js'

/**
 * Returns the images of the platforms that the user has selected, or all of them if none are. Throws a `UserError` if the image
 * does not have a selected platform.
 *
 * @param name of the whole image
 * @param platformOf returns the platform as text, for example `linux/arm64`
 */
export function selectPlatforms<T>(
  images: readonly T[],
  selected: readonly string[],
  { name, platformOf }: { readonly name: string; readonly platformOf: (image: T) => string | undefined },
): readonly T[] {
  if (selected.length === 0) return images
  const known = images.flatMap(each => platformOf(each) ?? [])
  const missing = selected.find(each => !known.includes(each))
  if (missing !== undefined) {
    throw new UserError(`${name} has no image for ${missing}`, {
      hint: `Platforms for ${nameInput('platform')}: ${known.join(', ') || 'none'}.`,
    })
  }
  return images.filter(each => selected.includes(platformOf(each) ?? ''))
}

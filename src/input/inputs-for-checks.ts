import { listOf, parseBoolean, parsePlatformName } from './parse.js'
import { defineInput } from './read-inputs.js'

/** The value is the same for the plan, the build and the merge. */
export const sbom = defineInput({
  name: 'sbom',
  brief: 'Attach an SBOM to each image',
  placeholder: '',
  default: 'false',
  parse: parseBoolean,
  doc:
    'Attach an SBOM to each image. It lists all store paths, with the packages, licenses, sources and patches that ' +
    'the flake states. Set the same value for the plan, the build and the merge.',
})

/** The platforms of a command that reads an image. */
export const platform = defineInput({
  name: 'platform',
  brief: 'Only these platforms of the image',
  placeholder: 'PLATFORMS',
  repeats: true,
  parse: listOf(parsePlatformName),
  doc:
    'Only these platforms of the image, for example `linux/arm64`, separated by spaces, commas or newlines. Default: all ' +
    'platforms.',
})

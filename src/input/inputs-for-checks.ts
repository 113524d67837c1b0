import {
  choiceOf,
  listOf,
  parseBoolean,
  parseOptionalText,
  parsePlatformName,
  parseSeconds,
  parseWords,
} from './parse.js'
import { parseTests } from './parse-tests.js'
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
    'the flake states. The SBOMs are also artifacts of the workflow run, and files of a release. Set the same value for ' +
    'the plan, the build and the merge.',
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

const test = defineInput({
  name: 'test',
  brief: 'Commands that must succeed in the images',
  placeholder: 'LINES',
  repeats: true,
  parse: parseTests,
  doc:
    'Commands that must succeed in an image before anything is pushed: newline-separated `container: command`, for example ' +
    '`fd: fd --version`. The command replaces the entry point and is not run by a shell. Default: no tests.',
})

/** The plan only checks the names of the containers. */
export const plannedTest = {
  ...test,
  brief: 'The same value as `test` of the build',
  doc: 'The same value as `test` of the build. Checks that its containers exist, before anything is built.',
}

const testTimeout = defineInput({
  name: 'test-timeout',
  brief: 'Maximum time for a test, in seconds',
  placeholder: 'SECONDS',
  default: '60',
  parse: parseSeconds,
  doc: 'Maximum time for each command of a test, in seconds. After that, the command is ended, and the test fails.',
})

const testNetwork = defineInput({
  name: 'test-network',
  brief: 'Allow tests to use the network',
  placeholder: '',
  default: 'false',
  parse: parseBoolean,
  doc: 'Allow tests to use the network. By default, they have none.',
})

const testEngine = defineInput({
  name: 'test-engine',
  brief: '`docker`, `podman`, `namespaces` or `auto`',
  placeholder: 'ENGINE',
  values: ['auto', 'docker', 'podman', 'namespaces'],
  default: 'auto',
  parse: choiceOf('auto', 'docker', 'podman', 'namespaces'),
  doc:
    'The way to run the tests: `docker`, `podman`, or `namespaces` of the Linux kernel, without a container engine. ' +
    '`auto` uses the first of them that works.',
})

/** The inputs that decide how tests run. */
export const testSettings = { testTimeout, testNetwork, testEngine }

export const testInputs = { test, ...testSettings }

export const sbomFormat = defineInput({
  name: 'format',
  brief: 'The format of the SBOM',
  placeholder: 'FORMAT',
  values: ['cyclonedx', 'spdx'],
  default: 'cyclonedx',
  on: 'cli',
  parse: choiceOf('cyclonedx', 'spdx'),
  doc: 'The format of the SBOM: `cyclonedx` (CycloneDX 1.6) or `spdx` (SPDX 2.3), both in JSON.',
})

export const sbomOutput = defineInput({
  name: 'output',
  short: 'o',
  brief: 'A folder for the SBOMs of all platforms',
  placeholder: 'DIR',
  on: 'cli',
  parse: parseOptionalText,
  doc:
    'Write the SBOM of each platform to this folder, and print the names of the files: ' +
    '`<container>-<system>.cdx.json` or `.spdx.json`. By default, one SBOM is printed.',
})

const verifiedImage = defineInput({
  name: 'image',
  on: 'action',
  placeholder: 'REF',
  parse: parseOptionalText,
  doc: 'The image to verify: a reference such as `ghcr.io/owner/name:1.2.3`, or the path of an OCI archive.',
})

const rebuild = defineInput({
  name: 'rebuild',
  brief: 'Build the image again, and compare it',
  placeholder: '',
  default: 'false',
  parse: parseBoolean,
  doc:
    'Build the image again from the commit that it names, for all its platforms, and compare the result. Succeeds if the ' +
    'index has the same digest, or if all images have the same content.',
})

const strict = defineInput({
  name: 'strict',
  brief: 'Only the same digest is right',
  placeholder: '',
  default: 'false',
  parse: parseBoolean,
  doc: 'With `rebuild`, succeed only if the index has the same digest.',
})

const rebuiltFlake = defineInput({
  name: 'flake',
  short: 'f',
  brief: 'The source for a rebuild',
  values: 'folder',
  placeholder: 'REF',
  parse: parseOptionalText,
  doc:
    'The source for `rebuild`: a folder with a clone of the repository, or a flake reference. The commit that the image ' +
    'names is used. Default: the repository that the image names.',
})

export const verifyInputs = { image: verifiedImage, platform, rebuild, strict, flake: rebuiltFlake }
/** Containers whose images are not checked, or `all`. */
export type SkippedChecks = readonly string[]

export const skipChecks = defineInput({
  name: 'skip-checks',
  brief: 'Containers whose entry point is not checked',
  placeholder: 'NAMES',
  default: '',
  parse: parseWords,
  doc:
    'Containers whose entry point, interpreter and libraries are not checked, separated by spaces, commas or newlines. ' +
    '`all`: all containers.',
})

/** Whether the image of a container is checked. */
export function isChecked(container: string, skipped: SkippedChecks): boolean {
  return !skipped.includes('all') && !skipped.includes(container)
}

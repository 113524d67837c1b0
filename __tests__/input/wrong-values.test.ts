import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { parseCommandLine } from '../../src/input/command-line.js'
import { COMMANDS } from '../../src/input/command-table.js'
import { readInputs } from '../../src/input/read-inputs.js'
import { UsageError } from '../../src/util/error.js'
import { setInputStyle } from '../../src/util/input-name.js'

beforeAll(() => setInputStyle('command line'))
afterAll(() => setInputStyle('workflow'))

const HOST = { log: { warning() {} } }

function errorOf(args: readonly string[]): UsageError {
  const request = parseCommandLine(args)
  if (request.kind !== 'run') throw new Error(`not a run: ${request.kind}`)
  try {
    readInputs(COMMANDS[request.command].inputs, request.source, HOST)
  } catch (error) {
    if (error instanceof UsageError) return error
  }
  throw new Error('no usage error')
}

describe('a wrong value of a flag is quoted, and the advice can be followed', () => {
  test.each([
    [
      ['-i', 'https://ghcr.io/me/{image}'],
      '`--image`: "https://ghcr.io/me/{image}" is not a repository: it contains a scheme (://)',
      'Leave out what is before the host: ghcr.io/me/{image}',
    ],
    [
      ['-i', 'docker://ghcr.io/me/fd'],
      '`--image`: "docker://ghcr.io/me/fd" is not a repository: it contains a scheme (://)',
      'Leave out what is before the host: ghcr.io/me/fd',
    ],
    [
      ['-i', 'ghcr.io/me/my image'],
      '`--image`: "ghcr.io/me/my image" is not a repository: "me/my image" is not a repository name',
      'Write it as registry/owner/name, for example ghcr.io/owner/{image}.',
    ],
    [
      ['-i', 'https://me:pw@ghcr.io/me/fd'],
      '`--image`: "https://ghcr.io/me/fd" is not a repository: it contains a scheme (://)',
      'Write it as registry/owner/name, for example ghcr.io/owner/{image}.',
    ],
    [
      ['--nix-conf', 'cores = 2', '--nix-conf', 'max-jobs 2'],
      '`--nix-conf`: line 2 does not have the form `name = value`',
      'Write an equals sign: `max-jobs = …`.',
    ],
    [
      ['--nix-conf', '?token'],
      '`--nix-conf`: line 1 does not have the form `name = value`',
      'For example: `max-jobs = 2`.',
    ],
  ])('publish %j', (args, message, hint) => {
    expect(errorOf(['publish', ...args])).toMatchObject({ message, hint })
  })

  test.each(['ghcr.io/{owner}/{image}', '{name}/{image}', 'localhost:5000/{name}', 'me/{image}:1'])(
    'the template %s is accepted',
    image => {
      expect(
        readInputs(COMMANDS.publish.inputs, name => (name === 'image' ? image : undefined), HOST).image,
      ).toEqual([image])
    },
  )
})

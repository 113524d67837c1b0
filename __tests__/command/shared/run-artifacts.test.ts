import { expect, test } from '@jest/globals'
import { openRunArtifacts } from '../../../src/command/shared/run-artifacts.js'
import type { Artifact, Host } from '../../../src/host/host.js'

/** A host whose temporary folder is created when it is used. */
function hostWith(artifacts: Pick<NonNullable<Host['artifacts']>, 'list' | 'download'> | undefined) {
  const host = {
    artifacts: artifacts as Host['artifacts'],
    log: {} as Host['log'],
    uses: 0,
    get temp() {
      host.uses++
      return 'temporary'
    },
  }
  return host
}

test('the temporary folder is not used before the first download', async () => {
  const one = { id: 1, name: 'one', size: 3, digest: undefined } as Artifact
  const host = hostWith({
    list: async () => [one],
    download: async ({ name }, folder) => `${folder}/${name}`,
  })
  const artifacts = openRunArtifacts(host)
  expect(await artifacts?.list()).toEqual([one])
  expect(host.uses).toBe(0)
  expect(await artifacts?.download(one)).toBe('temporary/one')
})

test('without an artifact service, nothing is opened', () => {
  const host = hostWith(undefined)
  expect(openRunArtifacts(host)).toBeUndefined()
  expect(host.uses).toBe(0)
})

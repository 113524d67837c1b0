import { generateKeyPairSync } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { merge } from '../../../src/command/merge/merge.js'
import { testHost } from '../../support/host.js'
import { type AttestRig, attestRig } from './attest-rig.js'

let rig: AttestRig
beforeEach(async () => {
  rig = await attestRig()
  await rig.build('one')
})
afterEach(() => rig.close())

const { privateKey } = generateKeyPairSync('ed25519')
const KEY = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const withKey = { attest: 'key', 'signing-key': KEY, 'signing-config': '', 'trusted-root': '' }

test('the job summary and the notes of the release have the lines for the image', async () => {
  await rig.build('one', { version: '1.2.3' })
  const [merged] = await merge(rig.signed({ tags: 'auto', release: 'true' }), rig.job('first'))
  const image = merged?.pushed[0]?.image
  const line = `\nnix-multiarch verify ${image} --repo owner/repo\n`
  expect(rig.hosts.at(-1)?.summaries.join('')).toContain(line)
  expect(rig.github.state.releases.map(({ body }) => body.includes(line))).toEqual([true])
  // In a job, the summary is enough.
  expect(rig.hosts.at(-1)?.logged.join('\n')).not.toContain('nix-multiarch verify')
})

test('the lines for the workflow of a user name it', async () => {
  const workflow = 'owner/repo/.github/workflows/ci.yml'
  rig.sigstore.identity.setClaims({ job_workflow_ref: `${workflow}@refs/heads/main` })
  await merge(rig.signed(), rig.job('first'))
  expect(rig.hosts.at(-1)?.summaries.join('')).toContain(` --repo owner/repo --signer-workflow ${workflow}\n`)
})

test('a run that signs nothing shows no lines', async () => {
  await merge(rig.request({ tags: '1.0' }), rig.job('first'))
  await merge(rig.signed({ push: 'false', archive: `${rig.folder}/out.oci.tar` }), rig.job('first'))
  for (const { summaries } of rig.hosts) expect(summaries.join('')).not.toContain('Verify')
})

test('the command line logs the lines for a key', async () => {
  const host = testHost()
  const [merged] = await merge(rig.signed(withKey), host)
  const image = merged?.pushed[0]?.image
  expect(host.logged).toContain(`info:   nix-multiarch verify ${image} --key KEY.pub`)
  expect(host.logged).toContain(`info:   cosign verify --key KEY.pub --insecure-ignore-tlog ${image}`)
  host.remove()
})

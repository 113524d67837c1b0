import { generateKeyPairSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { merge } from '../../../src/command/merge/merge.js'
import { runCommand } from '../../../src/entry/commands.js'
import { parseCommandLine } from '../../../src/input/command-line.js'
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

/** Runs a line of a job summary, with the keys of the stand-ins. Returns what it prints, or its error. */
async function runLine(line: string): Promise<string> {
  const file = join(rig.services, 'root.json')
  writeFileSync(file, JSON.stringify(rig.sigstore.trustedRoot))
  const request = parseCommandLine([...line.split(' ').slice(1), '--trusted-root', file])
  if (request.kind !== 'run') throw new Error(`${line} is not a command`)
  const host = testHost()
  const { exitCode } = process
  try {
    const printed = await runCommand(request, { host, readPassword: async () => '' })
    return process.exitCode ? `failed: ${printed}` : `${printed}`
  } finally {
    process.exitCode = exitCode
    host.remove()
  }
}

test.each([
  ['publish.yml', {}],
  ['the workflow of a user', { job_workflow_ref: 'owner/repo/.github/workflows/ci.yml@refs/heads/main' }],
])('verify accepts its own line, and refuses it for another repository: %s', async (_, claims) => {
  rig.sigstore.identity.setClaims(claims)
  const job = rig.job('first')
  await merge(rig.signed(), job)
  const [line = ''] = /^nix-multiarch verify .*$/m.exec(job.summaries.join('')) ?? []
  expect(await runLine(line)).toContain('Everything that was checked is right')
  expect(await runLine(line.replace('--repo owner/repo', '--repo owner/other'))).toMatch(/^failed: /)
})

test('the same line is right after a run from another ref has kept the image', async () => {
  const workflow = 'owner/repo/.github/workflows/ci.yml'
  const lines: string[] = []
  for (const ref of ['refs/heads/main', 'refs/tags/v1']) {
    rig.sigstore.identity.setClaims({ job_workflow_ref: `${workflow}@${ref}` })
    const job = rig.job('first')
    await merge(rig.signed(), job)
    lines.push(/^nix-multiarch verify .*$/m.exec(job.summaries.join(''))?.[0] ?? '')
  }
  expect(rig.signatures()).toBe(2)
  expect(lines[0]).toBe(lines[1])
  expect(await runLine(lines[1] ?? '')).toContain('Everything that was checked is right')
})

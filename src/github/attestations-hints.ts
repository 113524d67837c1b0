import { nameInput, nameSetting } from '../util/input-name.js'

/** The three ways out for a private repository without GitHub Enterprise Cloud. */
export function hintForPrivate(): string {
  return (
    `Do one of these: sign with your own key (${hintForKey()}); make the repository public; or set ` +
    `${nameSetting('attest', 'public-log')}, which uses the public services of Sigstore: then the name of the repository, its ` +
    'workflow, branch and commit become public, although the repository is private.'
  )
}

/** Where a key is set: a plan has no input for it. */
export function hintForKey(): string {
  return (
    `${nameInput('signing-key')} of the merge with ${nameSetting('attest', 'key')}, or the secret SIGNING_KEY of the workflow ` +
    'publish.yml'
  )
}

export function hintForPermission(): string {
  return (
    'Give the job `permissions: attestations: write`. If another workflow calls this one (`uses: …/publish.yml`), the calling ' +
    'job must grant it.'
  )
}

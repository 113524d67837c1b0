/**
 * Replaces the pinned keys of Sigstore and GitHub by the newest ones. The pinned root of TUF verifies them. Prints the lines for the
 * table in docs/trust.md; their sources are the update services then.
 */
import { createHash } from 'node:crypto'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Updater } from 'tuf-js'

const PINNED = fileURLToPath(new URL('../src/attestation/pinned/', import.meta.url))

/** The files of each update service, by the name that they have there. */
const SERVICES = {
  sigstore: {
    url: 'https://tuf-repo-cdn.sigstore.dev',
    targets: {
      'trusted_root.json': 'sigstore-trusted-root.json',
      'signing_config.v0.2.json': 'sigstore-signing-config.json',
    },
  },
  github: {
    url: 'https://tuf-repo.github.com',
    targets: { 'trusted_root.json': 'github-trusted-root.json' },
  },
}

/** Copies the new files to `folder`, and returns their names. */
async function updateService(name, { url, targets }, folder) {
  const temp = mkdtempSync(join(tmpdir(), 'update-pinned-trust-'))
  try {
    mkdirSync(join(temp, 'targets'))
    copyFileSync(join(folder, `${name}-tuf-root.json`), join(temp, 'root.json'))
    const updater = new Updater({
      metadataDir: temp,
      metadataBaseUrl: url,
      targetDir: join(temp, 'targets'),
      targetBaseUrl: `${url}/targets`,
    })
    await updater.refresh()
    for (const [target, file] of Object.entries(targets)) {
      const path = await updater.downloadTarget(await updater.getTargetInfo(target))
      copyFileSync(path, join(folder, file))
    }
    copyFileSync(join(temp, 'root.json'), join(folder, `${name}-tuf-root.json`))
    return [`${name}-tuf-root.json`, ...Object.values(targets)]
  } finally {
    rmSync(temp, { recursive: true })
  }
}

for (const [name, service] of Object.entries(SERVICES))
  for (const file of await updateService(name, service, PINNED)) {
    const sha256 = createHash('sha256')
      .update(readFileSync(join(PINNED, file)))
      .digest('hex')
    console.log(`| \`${file}\` | \`${sha256}\` | \`${new URL(service.url).host}\` |`)
  }

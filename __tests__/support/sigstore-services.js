import { generateKeyPairSync } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { initializeCTLog } from '@sigstore/mock/dist/fulcio/index.js'
import { createAuthority } from './sigstore/certificate-authority.js'
import { createFulcio } from './sigstore/fulcio.js'
import { createTokenService } from './sigstore/identity-tokens.js'
import { startLoopbackService } from './sigstore/loopback-service.js'
import { createRekorV1, createRekorV2 } from './sigstore/rekor.js'
import { createTimestampAuthority } from './sigstore/timestamp-authority.js'
import { signingConfigOf, trustedRootOf } from './sigstore/trust.js'

const YEAR = 365 * 86_400_000

/** @type {typeof import('./sigstore-services.js').startSigstoreServices} */
export async function startSigstoreServices({ claims } = {}) {
  const tokens = createTokenService(claims)
  const identity = await startLoopbackService(tokens.answer)
  const parts = { identity, checkToken: tokens.check }
  const sigstore = await startPublicInstance(parts)
  const github = await startGitHubInstance(parts)
  const services = [identity, ...sigstore.services, ...github.services]
  return {
    ...sigstore.instance,
    identity: { ...identity, ...pick(tokens, 'claims', 'setClaims', 'resetClaims') },
    github: github.instance,
    environment: () => tokens.environment(identity.url),
    writeFiles: folder => writeFiles(folder, sigstore.instance, github.instance),
    heal: () => Promise.all(services.map(service => service.heal())).then(() => {}),
    close: () => Promise.all(services.map(service => service.takeDown())).then(() => {}),
  }
}

/** The services of everybody: with both logs, and a certificate log. */
async function startPublicInstance({ identity, checkToken }) {
  const ctLog = await initializeCTLog(generateKeyPairSync('ec', { namedCurve: 'P-256' }))
  const organization = 'sigstore.mock'
  const authority = await createAuthority({ organization, ctLog })
  const expired = await createAuthority({ organization, ctLog, validUntil: new Date(Date.now() - YEAR) })
  const strange = await createAuthority({ organization, ctLog })
  const [log1, log2] = [createRekorV1(), createRekorV2()]
  const clock = await createTimestampAuthority()
  const fulcio = await startLoopbackService(createFulcio({ authority, expired, strange, checkToken }))
  const rekor = { ...(await startLoopbackService(log1.answer)), size: log1.size }
  const rekor2 = { ...(await startLoopbackService(log2.answer)), size: log2.size }
  const timestamps = await startLoopbackService(clock.answer)
  const trustedRoot = trustedRootOf({
    logs: [log1, log2],
    authorities: [expired, authority],
    ctLog: { publicKey: ctLog.publicKey, details: 'PKIX_ECDSA_P256_SHA_256', id: ctLog.logID },
    timestamps: clock,
  })
  const logs = { 1: rekor, 2: rekor2 }
  const signingConfig = ({ rekor: version = 1, timestamps: hasTime = version !== 1 } = {}) =>
    signingConfigOf({
      fulcio: fulcio.url,
      identity: identity.url,
      rekor: version === 'none' ? undefined : { url: logs[version].url, version },
      timestamps: hasTime ? timestamps.url : undefined,
    })
  return {
    instance: { fulcio, rekor, rekor2, timestamps, trustedRoot, signingConfig },
    services: [fulcio, rekor, rekor2, timestamps],
  }
}

/** GitHub's services for private repositories: no logs at all. */
async function startGitHubInstance({ identity, checkToken }) {
  const organization = 'GitHub, Inc.'
  const authority = await createAuthority({ organization })
  const expired = await createAuthority({ organization, validUntil: new Date(Date.now() - YEAR) })
  const strange = await createAuthority({ organization })
  const clock = await createTimestampAuthority()
  const fulcio = await startLoopbackService(createFulcio({ authority, expired, strange, checkToken }))
  const timestamps = await startLoopbackService(clock.answer)
  const trustedRoot = trustedRootOf({ authorities: [expired, authority], timestamps: clock })
  const signingConfig = () =>
    signingConfigOf({ fulcio: fulcio.url, identity: identity.url, timestamps: timestamps.url })
  return { instance: { fulcio, timestamps, trustedRoot, signingConfig }, services: [fulcio, timestamps] }
}

function writeFiles(folder, sigstore, github) {
  mkdirSync(folder, { recursive: true })
  const write = (name, content) => {
    const file = join(folder, name)
    writeFileSync(file, JSON.stringify(content))
    return file
  }
  return {
    trustedRoot: write('trusted-root.json', sigstore.trustedRoot),
    signingConfig: write('signing-config.json', sigstore.signingConfig({ rekor: 1 })),
    signingConfig2: write('signing-config-rekor-2.json', sigstore.signingConfig({ rekor: 2 })),
    githubTrustedRoot: write('github-trusted-root.json', github.trustedRoot),
    githubSigningConfig: write('github-signing-config.json', github.signingConfig()),
  }
}

function pick(object, ...names) {
  return Object.fromEntries(names.map(name => [name, object[name]]))
}

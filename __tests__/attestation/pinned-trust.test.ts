import { createHash, X509Certificate } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { TrustedRoot } from '@sigstore/protobuf-specs'
import { Metadata, MetadataKind } from '@tufjs/models'
import { PINNED_TRUST, type TrustService } from '../../src/attestation/pinned-trust.js'

const FOLDER = 'src/attestation/pinned'

describe.each(['sigstore', 'github'] as const)('the pinned keys of %s', (service: TrustService) => {
  const { targets, tufRoot, date } = PINNED_TRUST[service]
  const root = TrustedRoot.fromJSON(targets['trusted_root.json'])
  const chains = [...root.certificateAuthorities, ...root.timestampAuthorities].map(({ certChain }) =>
    (certChain?.certificates ?? []).map(({ rawBytes }) => new X509Certificate(Buffer.from(rawBytes))),
  )

  test('each certificate is signed by the next one, and the last one by itself', () => {
    expect(chains.length).toBeGreaterThan(1)
    for (const chain of chains)
      for (const [n, certificate] of chain.entries()) {
        const issuer = chain[n + 1] ?? certificate
        expect(certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)).toBe(true)
      }
  })

  test('an authority and a timestamp service are valid at the date', () => {
    const now = new Date(date)
    const current = [root.certificateAuthorities, root.timestampAuthorities].map(list =>
      list.filter(
        ({ validFor }) =>
          (validFor?.start ?? now) <= now && (validFor?.end === undefined || validFor.end >= now),
      ),
    )
    for (const list of current) expect(list.length).toBeGreaterThan(0)
    for (const { certChain } of current.flat())
      for (const { rawBytes } of certChain?.certificates ?? []) {
        const certificate = new X509Certificate(Buffer.from(rawBytes))
        expect(new Date(certificate.validFrom) <= now && now <= new Date(certificate.validTo)).toBe(true)
      }
  })

  test('the keys that sign updates have signed themselves', () => {
    const metadata = Metadata.fromJSON(MetadataKind.Root, tufRoot as never)
    expect(() => metadata.verifyDelegate(MetadataKind.Root, metadata)).not.toThrow()
  })
})

test('docs/trust.md has the SHA-256 of each file', () => {
  const page = readFileSync('docs/trust.md', 'utf8')
  const files = readdirSync(FOLDER)
  expect(files).toHaveLength(5)
  for (const file of files) {
    const sha256 = createHash('sha256')
      .update(readFileSync(join(FOLDER, file)))
      .digest('hex')
    expect(page).toContain(`| \`${file}\` | \`${sha256}\` |`)
  }
})

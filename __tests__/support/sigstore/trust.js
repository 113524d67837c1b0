const START = '2020-01-01T00:00:00Z'
const OPERATOR = 'stand-in'
const base64 = bytes => Buffer.from(bytes).toString('base64')

/** The keys of services, as a trusted root of Sigstore. */
export function trustedRootOf({ logs = [], authorities, ctLog, timestamps }) {
  return {
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    tlogs: logs.map(({ name, key }) => trustedLog(`https://${name}`, key)),
    certificateAuthorities: authorities.map(authority => trustedAuthority('fulcio', authority)),
    ctlogs: ctLog ? [trustedLog('https://ctfe.local', ctLog)] : [],
    timestampAuthorities: [trustedAuthority('timestamps', timestamps)],
  }
}

function trustedLog(baseUrl, { publicKey, details, id }) {
  return {
    baseUrl,
    hashAlgorithm: 'SHA2_256',
    publicKey: { rawBytes: base64(publicKey), keyDetails: details, validFor: { start: START } },
    logId: { keyId: base64(id) },
  }
}

function trustedAuthority(name, { chain, organization = 'sigstore.mock' }) {
  return {
    subject: { organization, commonName: name },
    uri: `https://${name}.local`,
    certChain: { certificates: chain.map(bytes => ({ rawBytes: base64(bytes) })) },
    validFor: { start: START },
  }
}

/** The services to sign with, as a signing config of Sigstore (v0.2). */
export function signingConfigOf({ fulcio, identity, rekor, timestamps }) {
  const service = (url, majorApiVersion) => ({
    url,
    majorApiVersion,
    validFor: { start: START },
    operator: OPERATOR,
  })
  return {
    mediaType: 'application/vnd.dev.sigstore.signingconfig.v0.2+json',
    caUrls: [service(fulcio, 1)],
    oidcUrls: [service(identity, 1)],
    rekorTlogUrls: rekor ? [service(rekor.url, rekor.version)] : [],
    tsaUrls: timestamps ? [service(`${timestamps}/api/v1/timestamp`, 1)] : [],
    ...(rekor && { rekorTlogConfig: { selector: 'ANY' } }),
    ...(timestamps && { tsaConfig: { selector: 'ANY' } }),
  }
}

import { createPublicKey, verify, X509Certificate } from 'node:crypto'
import { fulcioHandler } from '@sigstore/mock/dist/fulcio/index.js'
import { strangePublicKey } from './certificate-authority.js'
import { Refusal } from './loopback-service.js'

const HOUR = 3_600_000
/** What another certificate says than its token. */
const OTHER_CLAIMS = {
  'other-repository': { repository: 'octo-org/other', repository_id: '1002' },
  'other-workflow': { job_workflow_ref: 'octo-org/app/.github/workflows/other.yml@refs/heads/main' },
}

/**
 * Fulcio: gives a certificate for a key and an identity token. `@sigstore/mock` makes the extensions of the certificate.
 *
 * @param options `expired`: an authority whose certificates have expired, and which was once trusted. `strange`: one that never
 *   was.
 */
export function createFulcio({ authority, expired, strange, checkToken }) {
  return async ({ method, path, body, wrong }) => {
    if (method !== 'POST' || path !== '/api/v2/signingCert') throw new Refusal(404, 'Not Found')
    const request = JSON.parse(body)
    const claims = checkToken(request.credentials.oidcIdentityToken)
    checkPossession(request.publicKeyRequest, claims.sub)
    const by = wrong === 'expired-authority' ? expired : wrong === 'other-authority' ? strange : authority
    const said = { ...claims, ...OTHER_CLAIMS[wrong] }
    const { statusCode, response, contentType } = await handlerOf(by, wrong)(withClaims(request, said))
    if (statusCode !== 201) throw new Refusal(statusCode, response)
    return { status: statusCode, body: withLines(JSON.parse(response), by.chain), type: contentType }
  }
}

/** The whole chain, in PEM with lines of 64 characters: the handler writes one long line, and only one other certificate. */
function withLines({ signedCertificateEmbeddedSct: { chain } }, authorities) {
  const certificates = [chain.certificates[0], ...authorities]
  const pems = certificates.map(each => new X509Certificate(each).toString())
  return { signedCertificateEmbeddedSct: { chain: { certificates: pems } } }
}

function handlerOf(authority, wrong) {
  const issueCertificate = request =>
    authority.issueCertificate({
      ...request,
      ...(wrong === 'other-key' && { publicKey: strangePublicKey() }),
      ...(wrong === 'expired-certificate' && { now: new Date(Date.now() - HOUR) }),
    })
  return fulcioHandler({ ...authority, issueCertificate }, { subjectClaim: 'san' }).fn
}

/** The client must have signed the subject of the token with the key. */
function checkPossession({ publicKey, proofOfPossession }, subject) {
  const key = createPublicKey(publicKey.content)
  if (!verify('sha256', Buffer.from(subject), key, Buffer.from(proofOfPossession, 'base64')))
    throw new Refusal(400, 'The signature supplied in the request could not be verified')
}

/** The name in a certificate of GitHub is the workflow. The handler reads claims only from a token. */
function withClaims(request, claims) {
  const san = `https://github.com/${claims.job_workflow_ref}`
  const token = `e30.${Buffer.from(JSON.stringify({ ...claims, san })).toString('base64url')}.unsigned`
  return JSON.stringify({ ...request, credentials: { oidcIdentityToken: token } })
}

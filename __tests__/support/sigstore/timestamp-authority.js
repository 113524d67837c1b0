import { createHash, generateKeyPairSync } from 'node:crypto'
import { initializeTSA, tsaHandler } from '@sigstore/mock/dist/timestamp/index.js'
import { Refusal } from './loopback-service.js'

const PATH = '/api/v1/timestamp'

/** A timestamp authority of `@sigstore/mock`. */
export async function createTimestampAuthority() {
  const [authority, strange] = [await newAuthority(), await newAuthority()]
  return {
    chain: [authority.intCertificate, authority.rootCertificate].map(bytes => Buffer.from(bytes)),
    async answer({ method, path, body, wrong }) {
      if (method !== 'POST' || path !== PATH) throw new Refusal(404, 'Not Found')
      const handler = tsaHandler(wrong === 'other-authority' ? strange : authority)
      const { statusCode, response, contentType } = await handler.fn(
        wrong === 'other-signature' ? withOtherHash(body) : body,
      )
      if (statusCode !== 201) throw new Refusal(statusCode, response)
      return { status: statusCode, body: Buffer.from(response), type: contentType }
    },
  }
}

/** Whole seconds, because `@sigstore/mock` writes fractions that are not valid: 7 ms as `.7`. */
async function newAuthority() {
  const authority = await initializeTSA(generateKeyPairSync('ec', { namedCurve: 'P-256' }))
  return Object.assign(authority, { getCurrentTime: () => new Date(Math.floor(Date.now() / 1000) * 1000) })
}

function withOtherHash(body) {
  const artifactHash = createHash('sha256').update('another signature').digest('base64')
  return JSON.stringify({ ...JSON.parse(body), artifactHash })
}

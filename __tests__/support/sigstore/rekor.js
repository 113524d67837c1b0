import { createHash, createPublicKey, randomBytes, verify, X509Certificate } from 'node:crypto'
import canonicalize from 'canonicalize'
import { verifyDigest } from './ecdsa.js'
import { newEcdsaKey, newEd25519Key, signCheckpoint } from './log-keys.js'
import { Refusal } from './loopback-service.js'
import { leafHash, MerkleLog } from './merkle-log.js'

/** Entries of others. A log is never empty, and an index is never 0. */
const SEEDS = 5
/** Rekor v1 has more than one tree. Its index counts the entries of all. */
const EARLIER_ENTRIES = 1000
const TREE = '1234567890123456'
const HOUR = 3600

/** Rekor v1: the answer has a promise, and a proof of inclusion. */
export function createRekorV1(name = 'rekor.local') {
  const key = newEcdsaKey()
  const tree = newTree(newEntryV1)
  const strange = newEcdsaKey()

  function answer({ method, path, body, wrong }) {
    if (method !== 'POST' || path !== '/api/v1/log/entries') throw new Refusal(404, 'Not Found')
    const index = tree.add(canonicalV1(JSON.parse(body)))
    const shown = wrong === 'other-entry' ? index - 1 : index
    const time = Math.floor(Date.now() / 1000) + (wrong === 'late' ? HOUR : 0)
    const said = { ...entryV1(shown), integratedTime: time }
    const promise = (wrong === 'other-log' ? strange : key).sign(Buffer.from(canonicalize(said)))
    const proof = { ...proofV1(shown), ...(wrong === 'wrong-proof' && { hashes: wrongHashes(shown) }) }
    const entry = {
      ...said,
      ...(wrong === 'tampered' && { body: tampered(tree.entry(shown)).toString('base64') }),
      verification: {
        ...(wrong !== 'no-promise' && { signedEntryTimestamp: promise.toString('base64') }),
        ...(wrong !== 'no-proof' && { inclusionProof: withCheckpoint(proof, wrong) }),
      },
    }
    return { status: 201, body: { [`${TREE}${leafHash(tree.entry(shown)).toString('hex')}`]: entry } }
  }

  const entryV1 = index => ({
    body: tree.entry(index).toString('base64'),
    logID: key.id.toString('hex'),
    logIndex: EARLIER_ENTRIES + index,
  })
  const proofV1 = index => ({
    logIndex: index,
    treeSize: tree.log.size,
    rootHash: tree.log.root().toString('hex'),
    hashes: tree.log.proof(index).map(hash => hash.toString('hex')),
  })
  const wrongHashes = index => tree.log.proof(index).map(hash => leafHash(hash).toString('hex'))
  const withCheckpoint = (proof, wrong) => ({
    ...proof,
    checkpoint: signCheckpoint(
      { name, origin: `${name} - ${TREE}`, size: tree.log.size, root: tree.log.root() },
      wrong === 'other-log' ? { ...strange, id: key.id } : key,
    ),
  })

  return { name, key, answer, size: () => tree.log.size - SEEDS }
}

/** Rekor v2: the answer has a proof of inclusion, and no time. */
export function createRekorV2(name = 'rekor-2.local') {
  const key = newEd25519Key(name)
  const tree = newTree(newEntryV2)
  const strange = { ...newEd25519Key(name), id: key.id }

  function answer({ method, path, body, wrong }) {
    if (method !== 'POST' || path !== '/api/v2/log/entries') throw new Refusal(404, 'Not Found')
    const index = tree.add(canonicalV2(JSON.parse(body)))
    const shown = wrong === 'other-entry' ? index - 1 : index
    const bytes = wrong === 'tampered' ? tampered(tree.entry(shown)) : tree.entry(shown)
    const entry = {
      logIndex: String(shown),
      logId: { keyId: key.id.toString('base64') },
      kindVersion: { kind: 'hashedrekord', version: '0.0.2' },
      integratedTime: '0',
      ...(wrong !== 'no-proof' && { inclusionProof: proofV2(shown, wrong) }),
      canonicalizedBody: bytes.toString('base64'),
    }
    return { status: 201, body: entry }
  }

  function proofV2(index, wrong) {
    const { log } = tree
    const hashes = wrong === 'wrong-proof' ? log.proof(index).map(leafHash) : log.proof(index)
    const checkpoint = { name, origin: name, size: log.size, root: log.root() }
    return {
      logIndex: String(index),
      treeSize: String(log.size),
      rootHash: log.root().toString('base64'),
      hashes: hashes.map(hash => hash.toString('base64')),
      checkpoint: { envelope: signCheckpoint(checkpoint, wrong === 'other-log' ? strange : key) },
    }
  }

  return { name, key, answer, size: () => tree.log.size - SEEDS }
}

function newTree(newEntry) {
  const log = new MerkleLog()
  const entries = []
  const add = entry => {
    entries.push(entry)
    return log.append(entry)
  }
  for (let n = 0; n < SEEDS; n++) add(newEntry())
  return { log, add, entry: index => entries[index] }
}

/** What Rekor stores of a proposed entry of version 0.0.1. Refuses a wrong signature, as Rekor does. */
function canonicalV1({ kind, apiVersion, spec }) {
  if (kind !== 'dsse' || apiVersion !== '0.0.1') throw new Refusal(400, `no entries of ${kind} ${apiVersion}`)
  const { envelope: text, verifiers } = spec.proposedContent
  const envelope = JSON.parse(text)
  const pem = Buffer.from(verifiers[0], 'base64').toString()
  checkSignature(envelope, keyOf(pem))
  const verifier = Buffer.from(canonicalPem(pem)).toString('base64')
  return bodyV1({
    envelopeHash: hexOf(Buffer.from(text)),
    payloadHash: hexOf(Buffer.from(envelope.payload, 'base64')),
    signature: envelope.signatures[0].sig,
    verifier,
  })
}

function bodyV1({ envelopeHash, payloadHash, signature, verifier }) {
  const spec = {
    envelopeHash: { algorithm: 'sha256', value: envelopeHash },
    payloadHash: { algorithm: 'sha256', value: payloadHash },
    signatures: [{ signature, verifier }],
  }
  return Buffer.from(canonicalize({ apiVersion: '0.0.1', kind: 'dsse', spec }))
}

function newEntryV1() {
  return bodyV1({
    envelopeHash: randomBytes(32).toString('hex'),
    payloadHash: randomBytes(32).toString('hex'),
    signature: randomBytes(70).toString('base64'),
    verifier: randomBytes(90).toString('base64'),
  })
}

/** Rekor v2 has only this kind of entry. The digest of an envelope is the one of the bytes that are signed. */
function canonicalV2({ hashedRekordRequestV002: request }) {
  if (!request) throw new Refusal(400, 'invalid type, must be hashedrekord')
  const { digest, signature } = request
  const { content, verifier } = signature
  const key = verifierKey(verifier)
  if (!verifyDigest(Buffer.from(digest, 'base64'), key, Buffer.from(content, 'base64')))
    throw new Refusal(400, 'invalid signature')
  return bodyV2(digest, content, verifier)
}

function bodyV2(digest, content, verifier) {
  const data = { algorithm: 'SHA2_256', digest }
  const spec = { hashedRekordV002: { data, signature: { content, verifier } } }
  return Buffer.from(canonicalize({ apiVersion: '0.0.2', kind: 'hashedrekord', spec }))
}

function newEntryV2() {
  const verifier = {
    keyDetails: 'PKIX_ECDSA_P256_SHA_256',
    x509Certificate: { rawBytes: randomBytes(90).toString('base64') },
  }
  return bodyV2(randomBytes(32).toString('base64'), randomBytes(70).toString('base64'), verifier)
}

function verifierKey({ x509Certificate, publicKey }) {
  return x509Certificate
    ? new X509Certificate(Buffer.from(x509Certificate.rawBytes, 'base64')).publicKey
    : createPublicKey({ key: Buffer.from(publicKey.rawBytes, 'base64'), format: 'der', type: 'spki' })
}

/** Rekor stores PEM with lines of 64 characters. */
function canonicalPem(pem) {
  return pem.includes('CERTIFICATE')
    ? new X509Certificate(pem).toString()
    : createPublicKey(pem).export({ format: 'pem', type: 'spki' })
}

function keyOf(pem) {
  return pem.includes('CERTIFICATE') ? new X509Certificate(pem).publicKey : createPublicKey(pem)
}

/** https://github.com/secure-systems-lab/dsse/blob/master/protocol.md */
function checkSignature({ payload, payloadType, signatures }, key) {
  const bytes = Buffer.from(payload, 'base64')
  const head = `DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${bytes.length} `
  const signature = Buffer.from(signatures[0].sig, 'base64')
  if (!verify('sha256', Buffer.concat([Buffer.from(head), bytes]), key, signature))
    throw new Refusal(400, 'invalid signature')
}

/** The same entry about another statement. */
function tampered(entry) {
  const body = JSON.parse(entry.toString())
  const other = createHash('sha256').update('another payload').digest()
  if (body.spec.hashedRekordV002) body.spec.hashedRekordV002.data.digest = other.toString('base64')
  else body.spec.payloadHash.value = other.toString('hex')
  return Buffer.from(canonicalize(body))
}

function hexOf(bytes) {
  return createHash('sha256').update(bytes).digest('hex')
}

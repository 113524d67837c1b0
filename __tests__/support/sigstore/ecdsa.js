import { createECDH } from 'node:crypto'

/**
 * Verifies an ECDSA signature (P-256) of a digest. Node.js can only verify signatures of the data itself, and Rekor v2 gets only the
 * digest.
 *
 * @param signature in DER
 */
export function verifyDigest(digest, publicKey, signature) {
  const [r, s] = readSignature(signature)
  if (r <= 0n || r >= N || s <= 0n || s >= N) return false
  const w = power(s, N - 2n, N)
  const left = multiplyBase((toInteger(digest) * w) % N)
  // Node.js does not return the sign of y. Both are accepted, which is good enough for a stand-in.
  return multiplied(publicKey, (r * w) % N).some(right => sumX(left, right) % N === r)
}

/** The curve y² = x³ - 3x + b (mod P), and the order of its base point. */
const P = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn
const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

function multiplyBase(times) {
  const point = ecdhWith(times).getPublicKey()
  return [toInteger(point.subarray(1, 33)), toInteger(point.subarray(33))]
}

/** The point times a number, with both signs of y. */
function multiplied(publicKey, times) {
  const point = publicKey.export({ format: 'der', type: 'spki' }).subarray(-65)
  const x = toInteger(ecdhWith(times).computeSecret(point))
  const y = power(modulo(x * x * x - 3n * x + B), (P + 1n) / 4n, P)
  return [
    [x, y],
    [x, P - y],
  ]
}

function ecdhWith(times) {
  const ecdh = createECDH('prime256v1')
  ecdh.setPrivateKey(Buffer.from(times.toString(16).padStart(64, '0'), 'hex'))
  return ecdh
}

function sumX([ax, ay], [bx, by]) {
  const slope = (by - ay) * power(modulo(bx - ax), P - 2n, P)
  return modulo(slope * slope - ax - bx)
}

function power(base, exponent, modulus) {
  let result = 1n
  for (let left = exponent, square = base; left > 0n; left >>= 1n, square = (square * square) % modulus)
    if (left & 1n) result = (result * square) % modulus
  return result
}

function modulo(value) {
  return ((value % P) + P) % P
}

/** A sequence of two integers. */
function readSignature(der) {
  const length = der[3]
  return [toInteger(der.subarray(4, 4 + length)), toInteger(der.subarray(6 + length))]
}

function toInteger(bytes) {
  return BigInt(`0x${bytes.toString('hex') || '0'}`)
}

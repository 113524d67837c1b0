import { createHash } from 'node:crypto'

/** A Merkle tree that only grows (RFC 6962, section 2.1). */
export class MerkleLog {
  #leaves = []

  get size() {
    return this.#leaves.length
  }

  /** Adds an entry, and returns its index. */
  append(entry) {
    this.#leaves.push(leafHash(entry))
    return this.#leaves.length - 1
  }

  root() {
    return rootOf(this.#leaves)
  }

  /** The hashes that lead from an entry to the root. */
  proof(index) {
    return pathOf(index, this.#leaves)
  }
}

export function leafHash(entry) {
  return sha256(Buffer.concat([Buffer.from([0]), entry]))
}

function nodeHash(left, right) {
  return sha256(Buffer.concat([Buffer.from([1]), left, right]))
}

function rootOf(leaves) {
  if (leaves.length === 1) return leaves[0]
  const { left, right } = halves(leaves)
  return nodeHash(rootOf(left), rootOf(right))
}

function pathOf(index, leaves) {
  if (leaves.length === 1) return []
  const { left, right } = halves(leaves)
  return index < left.length
    ? [...pathOf(index, left), rootOf(right)]
    : [...pathOf(index - left.length, right), rootOf(left)]
}

/** The left part has the largest power of two that is smaller than the whole. */
function halves(leaves) {
  const size = 2 ** Math.floor(Math.log2(leaves.length - 1))
  return { left: leaves.slice(0, size), right: leaves.slice(size) }
}

function sha256(bytes) {
  return createHash('sha256').update(bytes).digest()
}

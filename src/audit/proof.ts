import { equalBytes } from '../foundation/encoding.ts'
import type { CryptoProvider } from '../keys/signature.ts'
import { leafHash, nodeHash } from './merkle.ts'

type Sha256 = Pick<CryptoProvider, 'sha256'>

/** Root of the subtree over the leaves from `start` up to, excluding, `end`. */
export type RangeHash = (start: number, end: number) => Promise<Uint8Array>

/** The largest power of two below a size greater than 1. */
export const splitOf = (size: number): number => 2 ** (Math.ceil(Math.log2(size)) - 1)

/**
 * The hashes that lead from one leaf to the root of the first `size` leaves.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6962#section-2.1.1
 */
export async function inclusionProof(
  index: number,
  size: number,
  hashOf: RangeHash,
): Promise<readonly Uint8Array[]> {
  const path: Uint8Array[] = []
  let [start, end] = [0, size]
  while (end - start > 1) {
    const middle = start + splitOf(end - start)
    if (index < middle) {
      path.unshift(await hashOf(middle, end))
      end = middle
    } else {
      path.unshift(await hashOf(start, middle))
      start = middle
    }
  }
  return path
}

/**
 * The hashes that lead from the root of the first `older` leaves to that of the first `newer`, and
 * show that the log was only appended to.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6962#section-2.1.2
 */
export async function consistencyProof(
  older: number,
  newer: number,
  hashOf: RangeHash,
): Promise<readonly Uint8Array[]> {
  if (older === 0 || older === newer) return []
  const walk = async (
    size: number,
    start: number,
    end: number,
    isWhole: boolean,
  ): Promise<readonly Uint8Array[]> => {
    if (size === end - start) return isWhole ? [] : [await hashOf(start, end)]
    const split = splitOf(end - start)
    const middle = start + split
    return size <= split
      ? [...(await walk(size, start, middle, isWhole)), await hashOf(middle, end)]
      : [...(await walk(size - split, middle, end, false)), await hashOf(start, middle)]
  }
  return walk(older, 0, newer, true)
}

/** What an inclusion proof claims: that the tree of this size and root has the leaf at the index. */
export interface Inclusion {
  readonly leaf: Uint8Array
  readonly index: number
  readonly size: number
  readonly proof: readonly Uint8Array[]
  readonly root: Uint8Array
}

/** Whether the proof leads from the leaf (not hashed yet) at this place to the root. */
export async function isIncluded(
  crypto: Sha256,
  { leaf, index, size, proof, root }: Inclusion,
): Promise<boolean> {
  if (!(index >= 0 && index < size)) return false
  let [at, last] = [index, size - 1]
  let hash = await leafHash(leaf, crypto)
  for (const sibling of proof) {
    if (last === 0) return false
    if (at % 2 === 1 || at === last) {
      hash = await nodeHash(sibling, hash, crypto)
      for (; at % 2 === 0 && at !== 0; at /= 2) last = Math.floor(last / 2)
    } else hash = await nodeHash(hash, sibling, crypto)
    at = Math.floor(at / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 && equalBytes(hash, root)
}

/** Whether the proof leads from the older root to the newer one by appending only. */
export async function isConsistent(
  older: { readonly size: number; readonly root: Uint8Array },
  newer: { readonly size: number; readonly root: Uint8Array },
  proof: readonly Uint8Array[],
  crypto: Sha256,
): Promise<boolean> {
  if (older.size > newer.size) return false
  if (older.size === newer.size) return proof.length === 0 && equalBytes(older.root, newer.root)
  if (older.size === 0) return proof.length === 0
  // A complete subtree is its own first hash, which the proof leaves out.
  const isWhole = Number.isInteger(Math.log2(older.size))
  const [first, ...rest] = isWhole ? [older.root, ...proof] : proof
  if (!first) return false
  let [at, last] = [older.size - 1, newer.size - 1]
  for (; at % 2 === 1; at = Math.floor(at / 2)) last = Math.floor(last / 2)
  let [before, after] = [first, first]
  for (const hash of rest) {
    if (last === 0) return false
    if (at % 2 === 1 || at === last) {
      before = await nodeHash(hash, before, crypto)
      after = await nodeHash(hash, after, crypto)
      for (; at % 2 === 0 && at !== 0; at /= 2) last = Math.floor(last / 2)
    } else after = await nodeHash(after, hash, crypto)
    at = Math.floor(at / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 && equalBytes(before, older.root) && equalBytes(after, newer.root)
}

/** Leaves under one stored node: reading them costs as much as reading one page. */
export const nodeWidth = 256

/** Provides the hashes of a log. */
export interface HashSource {
  /** Leaves from `start` up to, excluding, `end`, not hashed. */
  leaves(start: number, end: number): Promise<readonly Uint8Array[]>
  /**
   * Stored roots of full subtrees of `nodeWidth ** level` leaves, by position; missing ones are
   * left out.
   */
  nodes(level: number, first: number, count: number): Promise<readonly Uint8Array[]>
}

/** Hashes of ranges from what is stored: a stored subtree is read as one hash. */
export function makeRangeHash(source: HashSource, crypto: Sha256): RangeHash {
  const rootOfHashes = async (hashes: readonly Uint8Array[]): Promise<Uint8Array> => {
    if (hashes.length === 1) return hashes[0]!
    const split = splitOf(hashes.length)
    return nodeHash(
      await rootOfHashes(hashes.slice(0, split)),
      await rootOfHashes(hashes.slice(split)),
      crypto,
    )
  }
  const hashOf: RangeHash = async (start, end) => {
    const size = end - start
    if (size <= nodeWidth) {
      const leaves = await source.leaves(start, end)
      return rootOfHashes(await Promise.all(leaves.map((leaf) => leafHash(leaf, crypto))))
    }
    const level = Math.floor(Math.log2(size) / Math.log2(nodeWidth))
    const width = nodeWidth ** level
    if (size % width === 0 && start % width === 0) {
      const count = size / width
      const nodes = await source.nodes(level, start / width, count)
      if (nodes.length === count) return rootOfHashes(nodes)
    }
    const middle = start + splitOf(size)
    return nodeHash(await hashOf(start, middle), await hashOf(middle, end), crypto)
  }
  return hashOf
}

import { concatBytes } from '../foundation/encoding.ts'
import type { CryptoProvider } from '../keys/signature.ts'

type Sha256 = Pick<CryptoProvider, 'sha256'>

/** @see https://www.rfc-editor.org/rfc/rfc6962#section-2.1 */
export const leafHash = (leaf: Uint8Array, crypto: Sha256) =>
  crypto.sha256(concatBytes(Uint8Array.of(0), leaf))
export const nodeHash = (left: Uint8Array, right: Uint8Array, crypto: Sha256) =>
  crypto.sha256(concatBytes(Uint8Array.of(1), left, right))

/**
 * The right edge of a tree: the roots of its full subtrees, largest first, one for each bit set in
 * its size. It suffices to append to the tree and to compute its root.
 */
export interface Frontier {
  readonly size: number
  readonly roots: readonly Uint8Array[]
}

export const emptyFrontier: Frontier = { size: 0, roots: [] }

/** Appends leaves, not hashed yet, in order. */
export async function append(
  frontier: Frontier,
  leaves: readonly Uint8Array[],
  crypto: Sha256,
): Promise<Frontier> {
  const roots = [...frontier.roots]
  let size = frontier.size
  for (const leaf of leaves) {
    let hash = await leafHash(leaf, crypto)
    // For each trailing one bit of the size, the new leaf completes a full subtree to the next
    // larger one.
    for (let rest = size; rest % 2 === 1; rest = (rest - 1) / 2)
      hash = await nodeHash(roots.pop()!, hash, crypto)
    roots.push(hash)
    size++
  }
  return { size, roots }
}

/** The Merkle tree hash. For the empty tree it is the hash of the empty string. */
export async function rootOf({ roots }: Frontier, crypto: Sha256): Promise<Uint8Array> {
  let root = roots.at(-1)
  if (!root) return crypto.sha256(new Uint8Array())
  for (let i = roots.length - 2; i >= 0; i--) root = await nodeHash(roots[i]!, root, crypto)
  return root
}

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nodeCrypto as crypto } from '../../src/adapters/crypto/node.ts'
import { append, emptyFrontier, nodeHash, rootOf } from '../../src/audit/merkle.ts'
import {
  consistencyProof,
  type HashSource,
  inclusionProof,
  isConsistent,
  isIncluded,
  makeRangeHash,
  nodeWidth,
} from '../../src/audit/proof.ts'
import { toHex, utf8 } from '../../src/foundation/encoding.ts'

const leavesOf = (count: number) => Array.from({ length: count }, (_, i) => utf8(`leaf ${i}`))
const rootOver = async (leaves: readonly Uint8Array[]) =>
  rootOf(await append(emptyFrontier, leaves, crypto), crypto)

/** @param stored how many levels of nodes are there, of those that are full. */
async function sourceOver(leaves: readonly Uint8Array[], stored = 0) {
  const reads = { leaves: 0, nodes: 0 }
  const levels: Uint8Array[][] = []
  for (let level = 1; level <= stored; level++) {
    const width = nodeWidth ** level
    levels[level] = []
    for (let i = 0; (i + 1) * width <= leaves.length; i++)
      levels[level]!.push(await rootOver(leaves.slice(i * width, (i + 1) * width)))
  }
  const source: HashSource = {
    async leaves(start, end) {
      reads.leaves += end - start
      return leaves.slice(start, end)
    },
    async nodes(level, first, count) {
      const found = levels[level]?.slice(first, first + count) ?? []
      reads.nodes += found.length
      return found
    },
  }
  return { hashOf: makeRangeHash(source, crypto), reads }
}

test('an inclusion proof leads from each leaf to the root of each size, and from no other leaf or position', async () => {
  for (let size = 1; size <= 33; size++) {
    const leaves = leavesOf(size)
    const root = await rootOver(leaves)
    const { hashOf } = await sourceOver(leaves)
    for (let index = 0; index < size; index++) {
      const proof = await inclusionProof(index, size, hashOf)
      const is = (leaf: Uint8Array, at: number, of = size, by = proof) =>
        isIncluded(crypto, { leaf, index: at, size: of, proof: by, root })
      expect(await is(leaves[index]!, index)).toBe(true)
      expect(await is(utf8('another'), index)).toBe(false)
      expect(await is(leaves[index]!, (index + 1) % size)).toBe(size === 1)
      expect(await is(leaves[index]!, size)).toBe(false)
      expect(await is(leaves[index]!, index, size, [...proof, root])).toBe(false)
      if (size > 1) expect(await is(leaves[index]!, index, size, proof.slice(1))).toBe(false)
    }
  }
})

test('a consistency proof leads from each older root to each newer one, and from no other', async () => {
  const leaves = leavesOf(33)
  const roots = await Promise.all(
    Array.from({ length: 34 }, (_, size) => rootOver(leaves.slice(0, size))),
  )
  const { hashOf } = await sourceOver(leaves)
  for (let older = 0; older <= 33; older++)
    for (let newer = older; newer <= 33; newer++) {
      const proof = await consistencyProof(older, newer, hashOf)
      const [from, to] = [
        { size: older, root: roots[older]! },
        { size: newer, root: roots[newer]! },
      ]
      const forged = { ...from, root: await crypto.sha256(roots[older]!) }
      expect(await isConsistent(from, to, proof, crypto)).toBe(true)
      expect(await isConsistent(to, from, proof, crypto)).toBe(older === newer)
      // Everything is consistent with the empty tree.
      if (older > 0) expect(await isConsistent(forged, to, proof, crypto)).toBe(false)
      if (older > 0 && older < newer) {
        const other = { ...to, root: roots[newer - 1]! }
        expect(await isConsistent(from, other, proof, crypto)).toBe(false)
        expect(await isConsistent(from, to, [...proof, roots[1]!], crypto)).toBe(false)
        expect(await isConsistent(from, to, proof.slice(1), crypto)).toBe(false)
      }
    }
})

test('the proofs of RFC 6962, 2.1.3 for a tree of seven', async () => {
  const [a, b, c, d, e, f, j] = leavesOf(7) as [Uint8Array, ...Uint8Array[]]
  const { hashOf } = await sourceOver([a, b!, c!, d!, e!, f!, j!])
  const hash = (start: number, end: number) => hashOf(start, end)
  const [g, h, i, k, l] = await Promise.all([
    hash(0, 2),
    hash(2, 4),
    hash(4, 6),
    hash(0, 4),
    hash(4, 7),
  ])
  const leaf = (n: number) => hash(n, n + 1)
  const hex = (proof: readonly Uint8Array[]) => proof.map(toHex)

  expect(hex(await inclusionProof(0, 7, hashOf))).toEqual(hex([await leaf(1), h, l]))
  expect(hex(await inclusionProof(3, 7, hashOf))).toEqual(hex([await leaf(2), g, l]))
  expect(hex(await inclusionProof(4, 7, hashOf))).toEqual(hex([await leaf(5), await leaf(6), k]))
  expect(hex(await inclusionProof(6, 7, hashOf))).toEqual(hex([i, k]))
  expect(hex(await consistencyProof(3, 7, hashOf))).toEqual(
    hex([await leaf(2), await leaf(3), g, l]),
  )
  expect(hex(await consistencyProof(4, 7, hashOf))).toEqual(hex([l]))
  expect(hex(await consistencyProof(6, 7, hashOf))).toEqual(hex([i, await leaf(6), k]))
  expect(toHex(await nodeHash(k, l, crypto))).toBe(toHex(await hash(0, 7)))
})

test('with stored subtrees a proof is the same, and reads a few hundred leaves of many thousands', async () => {
  const size = 70_000
  const leaves = leavesOf(size)
  const [plain, stored] = [await sourceOver(leaves), await sourceOver(leaves, 2)]
  const index = 33_333

  const [slow, fast] = [
    await inclusionProof(index, size, plain.hashOf),
    await inclusionProof(index, size, stored.hashOf),
  ]

  expect(fast).toEqual(slow)
  expect(
    await isIncluded(crypto, {
      leaf: leaves[index]!,
      index,
      size,
      proof: fast,
      root: await rootOver(leaves),
    }),
  ).toBe(true)
  expect(plain.reads.leaves).toBe(size - 1)
  expect(stored.reads.leaves).toBeLessThan(1_000)
})

test('an inclusion proof is valid for no other tree, whatever is changed in it', async () => {
  const leaves = leavesOf(100)
  const { hashOf } = await sourceOver(leaves)
  const root = await rootOver(leaves)
  await fc.assert(
    fc.asyncProperty(
      fc.nat(99),
      fc.nat(6),
      fc.nat(31),
      fc.integer({ min: 1, max: 255 }),
      async (index, at, byte, flip) => {
        const proof = (await inclusionProof(index, 100, hashOf)).map((hash) => hash.slice())
        const hash = proof[at % proof.length]!
        hash[byte]! ^= flip
        return !(await isIncluded(crypto, { leaf: leaves[index]!, index, size: 100, proof, root }))
      },
    ),
    { numRuns: 200 },
  )
})

import type { Budget } from '../foundation/budget.ts'
import { toHex } from '../foundation/encoding.ts'
import { isRefusal, type Refusal } from '../foundation/refusal.ts'
import { isBlank, type Quad, writeQuad } from './quads.ts'

/** Names a hash algorithm of RDF canonicalization, and hashes text with it. */
export type HashText = (text: string) => Uint8Array | Promise<Uint8Array>

/**
 * Returns the canonical N-Quads of a dataset in which no two blank nodes look alike, as in nearly
 * all credentials; otherwise undefined, which requires the full algorithm.
 *
 * @see https://www.w3.org/TR/rdf-canon/#hash-1d-quads
 */
export async function canonicalQuads(
  quads: readonly Quad[],
  hash: HashText,
  budget: Budget,
): Promise<string | Refusal | undefined> {
  const labels = await canonicalLabels(quads, hash, budget)
  if (isRefusal(labels)) return labels
  return labels && writeSorted(quads.map((quad) => relabel(quad, (label) => labels.get(label)!)))
}

const writeSorted = (quads: readonly Quad[]): string => quads.map(writeQuad).sort().join('')

const relabel = (quad: Quad, label: (blank: string) => string): Quad => {
  const { subject, object, graph } = quad
  if (!isBlank(subject) && !isBlank(object) && !isBlank(graph)) return quad
  return {
    subject: isBlank(subject) ? label(subject) : subject,
    predicate: quad.predicate,
    object: isBlank(object) ? label(object) : object,
    graph: isBlank(graph) ? label(graph) : graph,
  }
}

async function canonicalLabels(
  quads: readonly Quad[],
  hash: HashText,
  budget: Budget,
): Promise<ReadonlyMap<string, string> | Refusal | undefined> {
  const about = new Map<string, Quad[]>()
  for (const quad of quads)
    for (const term of new Set([quad.subject, quad.object, quad.graph]))
      if (isBlank(term)) {
        const listed = about.get(term)
        if (listed) listed.push(quad)
        else about.set(term, [quad])
      }
  const blanks = [...about.keys()]
  // A single blank node gets the first label; no hash is needed.
  if (blanks.length <= 1) return new Map(blanks.map((blank) => [blank, '_:c14n0']))
  const excess = budget.spend('graphSteps', blanks.length)
  if (excess) return excess
  const hashed: { blank: string; digest: string }[] = []
  for (const [blank, listed] of about) {
    const text = writeSorted(
      listed.map((quad) => relabel(quad, (label) => (label === blank ? '_:a' : '_:z'))),
    )
    const digest = hash(text)
    hashed.push({ blank, digest: toHex(digest instanceof Promise ? await digest : digest) })
  }
  if (new Set(hashed.map(({ digest }) => digest)).size < hashed.length) return undefined
  hashed.sort((a, b) => (a.digest < b.digest ? -1 : 1))
  return new Map(hashed.map(({ blank }, i) => [blank, `_:c14n${i}`]))
}

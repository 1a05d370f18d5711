import { verifierKey } from '../../audit/checkpoint.ts'
import { type DecisionProof, writeDecisionProof } from '../../audit/decision-proof.ts'
import {
  consistencyProof,
  inclusionProof,
  makeRangeHash,
  nodeWidth,
  type RangeHash,
} from '../../audit/proof.ts'
import type { Deps } from '../../deps.ts'
import { type Caller, hasRole } from '../../directory/caller.ts'
import type { Write } from '../../foundation/database.ts'
import { toBase64 } from '../../foundation/encoding.ts'
import { ServiceError } from '../../foundation/errors.ts'
import type { Id } from '../../foundation/id.ts'

type Needs = Pick<Deps, 'crypto' | 'audit' | 'auditSigner' | 'settings'>

const hashesOf = ({ audit, crypto }: Needs): RangeHash => makeRangeHash(audit, crypto)

export interface InclusionAnswer {
  readonly sequence: number
  readonly size: number
  /** The commitment in the log, in base64. */
  readonly commitment: string
  readonly proof: readonly string[]
  readonly checkpoint: string
}

/** Proves that the log contains an event, by the newest checkpoint. */
export async function proveInclusion(needs: Needs, sequence: number): Promise<InclusionAnswer> {
  const latest = await needs.audit.latest()
  if (!latest || sequence >= latest.frontier.size)
    throw new ServiceError('not_found', 'no checkpoint covers this event yet')
  const { size } = latest.frontier
  const [commitment] = await needs.audit.leaves(sequence, sequence + 1)
  const proof = await inclusionProof(sequence, size, hashesOf(needs))
  return {
    sequence,
    size,
    commitment: toBase64(commitment!),
    proof: proof.map(toBase64),
    checkpoint: latest.note,
  }
}

export interface ConsistencyAnswer {
  readonly from: number
  readonly to: number
  readonly proof: readonly string[]
  readonly checkpoint: string
}

/** Proves that the log only grew since it had this many events, by the newest checkpoint. */
export async function proveConsistency(needs: Needs, from: number): Promise<ConsistencyAnswer> {
  const latest = await needs.audit.latest()
  if (!latest || from > latest.frontier.size)
    throw new ServiceError('not_found', 'the log has fewer events')
  const to = latest.frontier.size
  const proof = await consistencyProof(from, to, hashesOf(needs))
  return { from, to, proof: proof.map(toBase64), checkpoint: latest.note }
}

/**
 * Returns a decision with everything needed to verify it without the service. Administrators and
 * auditors get every decision, other callers those they asked for; for them an erased decision does not
 * exist, because nobody can tell any more whose it was.
 */
export async function proveDecision(needs: Needs, caller: Caller, id: Id): Promise<DecisionProof> {
  const noDecision = () => new ServiceError('not_found', 'there is no such decision in the log yet')
  const seesAll = hasRole(caller, 'administrator', 'auditor')
  const event = await needs.audit.decision(id)
  if (!event) throw noDecision()
  const { content } = event
  if (!content && !seesAll) throw noDecision()
  if (!content) throw new ServiceError('not_found', 'the content of this decision has been erased')
  const { actor } = JSON.parse(content.body) as { readonly actor: string }
  if (!seesAll && actor !== caller.actor) throw noDecision()
  const latest = (await needs.audit.latest())!
  const proof = await inclusionProof(event.sequence, latest.frontier.size, hashesOf(needs))
  const { publicKey } = await needs.auditSigner()
  const key = await verifierKey(needs.settings.auditOrigin, publicKey, needs.crypto)
  return writeDecisionProof({ ...event, content }, proof, latest.note, key)
}

/** At most this many nodes are stored at once. */
const batch = 64
const levels = [1, 2, 3] as const

/**
 * Stores the roots of complete subtrees, which proofs are built from.
 *
 * @returns how many were stored.
 */
export async function storeSubtrees(
  needs: Needs & { readonly commitUnrecorded: (writes: readonly Write[]) => Promise<unknown> },
): Promise<number> {
  const size = (await needs.audit.latest())?.frontier.size ?? 0
  let stored = 0
  for (const level of levels) {
    const width = nodeWidth ** level
    const there = await needs.audit.nodeCount(level)
    const full = Math.min(Math.floor(size / width), there + batch)
    const writes: Write[] = []
    for (let position = there; position < full; position++) {
      const hash = await hashesOf(needs)(position * width, (position + 1) * width)
      writes.push(needs.audit.addNode(level, position, hash))
    }
    if (writes.length > 0) await needs.commitUnrecorded(writes)
    stored += writes.length
  }
  return stored
}

import type { AuditEvent } from '../../audit/event.ts'
import type { Deps } from '../../deps.ts'
import type { Agent } from '../../directory/agent.ts'
import type { Caller } from '../../directory/caller.ts'
import { type HandOver, handOverLifetime } from '../../directory/hand-over.ts'
import { newId } from '../../foundation/id.ts'
import { formatTime } from '../../foundation/time.ts'

/** An agent, and the pending offer for it. */
export type OfferedAgent = Agent & { readonly handOver: HandOver | null }

/** An offer to become answerable for an agent. It takes effect once committed and accepted. */
export function newOffer(
  { clock, crypto }: Pick<Deps, 'clock' | 'crypto'>,
  { actor }: Caller,
  agent: Pick<Agent, 'id'>,
  who: Pick<HandOver, 'from' | 'to' | 'owner' | 'deputy'>,
): HandOver {
  const now = clock()
  return {
    id: newId(now, crypto.randomBytes),
    agentId: agent.id,
    ...who,
    offeredBy: actor,
    createdAt: now,
    expiresAt: now + handOverLifetime,
  }
}

export const offered = ({ actor }: Caller, handOver: HandOver): AuditEvent => ({
  type: 'agent.hand-over-offered',
  actor,
  facts: { ...factsOfOffer(handOver), expiresAt: formatTime(handOver.expiresAt) },
})

export const factsOfOffer = ({ id, agentId, to, owner, deputy }: HandOver) => ({
  handOver: id,
  agent: agentId,
  to,
  owner,
  deputy,
})

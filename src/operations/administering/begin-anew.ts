import type { Deps } from '../../deps.ts'
import type { Did } from '../../did/syntax.ts'
import type { Agent } from '../../directory/agent.ts'
import type { Write } from '../../foundation/database.ts'
import { newId } from '../../foundation/id.ts'
import { placeOf } from './activate-agent.ts'

export type BeginAnewNeeds = Pick<
  Deps,
  | 'clock'
  | 'crypto'
  | 'agents'
  | 'people'
  | 'apiKeys'
  | 'sessions'
  | 'status'
  | 'identities'
  | 'identityKeys'
>

export interface NewBeginning {
  readonly writes: readonly Write[]
  readonly agent: Agent
  /** The DID whose keys change. */
  readonly changed: Did | null
}

/** Status cause of credentials that named the previous owner. */
const cause = 'hand-over'

/**
 * Resets an agent that another owner has accepted. Ends everything that it held and delegated: that
 * was issued in the previous owner's name, and the previous owner may know the key. A key kept here
 * is replaced at once; an agent that keeps its own key is pending until the new owner proves a new
 * one. A did:key cannot change, so it stays with a retired record and the agent gets another DID.
 */
export async function beginAnew(needs: BeginAnewNeeds, agent: Agent): Promise<NewBeginning> {
  const { id, did } = agent
  const now = needs.clock()
  const ends = [
    ...needs.status.addCauseToAll({ below: id }, 'revocation', cause, now),
    needs.sessions.endAllOf(agent, now),
    needs.apiKeys.revokeAllOf({ kind: 'agent', id }, now),
    // Those who had the old key sign do not act for the agent with the new one.
    needs.people.nobodyActsFor(id),
    needs.agents.setDormant(id, null),
    needs.agents.wasActive(id, now),
  ]
  if (!did) return { writes: ends, agent, changed: null }
  const isKeyItself = agent.didMethod === 'key'
  const leave = isKeyItself
    ? needs.agents.leaveDid(id, did, newId(now, needs.crypto.randomBytes))
    : []
  if (agent.custody === 'own')
    return {
      writes: [
        // A cause that the new owner may not lift must not end with the step.
        needs.agents.mustBeSuspendedAsRead(agent),
        ...needs.agents.step(id, 'rekey'),
        ...ends,
        ...leave,
        needs.identityKeys.supersede(did, true),
      ],
      agent: { ...agent, state: 'pending', suspendedBy: null, did: isKeyItself ? null : did },
      changed: did,
    }
  const next = isKeyItself
    ? await needs.identities.create(agent.keyKind, placeOf(agent))
    : await needs.identities.rotate(did, agent.keyKind, true)
  return {
    writes: [
      ...ends,
      ...leave,
      ...(isKeyItself ? [needs.identityKeys.supersede(did, true)] : []),
      ...next.writes,
      needs.agents.assignDid(id, next.did),
    ],
    agent: { ...agent, did: next.did },
    changed: did,
  }
}

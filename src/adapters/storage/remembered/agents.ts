import type { Agent, AgentStore } from '../../../directory/agent.ts'
import { recall } from '../../../foundation/cache.ts'
import { afterCommit, type Write } from '../../../foundation/database.ts'
import type { Id } from '../../../foundation/id.ts'
import type { Memory } from '../../../foundation/memory.ts'

/** A change on another node becomes visible within this time. */
const bounds = { entries: 10_000, lifetime: 1_000 } as const

/**
 * An agent's segment never changes; an unknown DID may be assigned a second later, so it is not
 * cached.
 */
const segmentMemory = { known: 3_600_000, unknown: 1_000 } as const

/**
 * Issuing needs the same agents again and again, so each is read at most once a second. Nothing
 * relies on the cache alone: every change of an agent, and every issuance to it, has a guard in its
 * commit.
 */
export function rememberAgents(store: AgentStore, memory: Memory): AgentStore {
  const known = memory.cache<Agent>('agents', bounds)
  const segments = memory.cache<{ readonly segment: string | undefined }>('agent_segments', {
    ...bounds,
    lifetime: segmentMemory.known,
  })
  const forgetting = <W extends Write | readonly Write[]>(id: Id, writes: W): W =>
    afterCommit(writes, () => known.delete(id))
  return {
    ...store,
    find: (id) => recall(known, id, () => store.find(id)),
    async segmentOf(did) {
      const remembered = segments.get(did)
      if (remembered) return remembered.segment
      const begun = segments.generation
      const segment = await store.segmentOf(did)
      if (segments.generation === begun)
        segments.set(did, { segment }, segmentMemory[segment === undefined ? 'unknown' : 'known'])
      return segment
    },
    assignDid: (id, did) =>
      afterCommit(store.assignDid(id, did), () => {
        known.delete(id)
        segments.delete(did)
      }),
    setDormant: (id, since) => forgetting(id, store.setDormant(id, since)),
    leaveDid: (id, did, retired) => forgetting(id, store.leaveDid(id, did, retired)),
    assignRoles: (agent, roles) => forgetting(agent.id, store.assignRoles(agent, roles)),
    handOver: (agent, owner, deputy, at) =>
      forgetting(agent.id, store.handOver(agent, owner, deputy, at)),
    // A failed guard means that another node changed the agent: the next access reads it.
    mustBeUnchanged: (agent, alone) => forgetting(agent.id, store.mustBeUnchanged(agent, alone)),
    mustBeSuspendedAsRead: (agent) => forgetting(agent.id, store.mustBeSuspendedAsRead(agent)),
    step: (id, step) => forgetting(id, store.step(id, step)),
    suspend: (id, cause) => forgetting(id, store.suspend(id, cause)),
  }
}

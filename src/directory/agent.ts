import type { Did } from '../did/syntax.ts'
import type { Write } from '../foundation/database.ts'
import type { Id } from '../foundation/id.ts'
import type { PageRequest, TimeWindow } from '../foundation/page.ts'
import type { Milliseconds } from '../foundation/time.ts'
import type { KeyKind } from '../keys/algorithm.ts'
import type { Answering } from './hand-over.ts'
import type { AgentState, LifecycleStep } from './lifecycle.ts'

export const agentKinds = ['company', 'employee', 'external'] as const
export const riskTiers = ['low', 'medium', 'high', 'critical'] as const
export const didMethods = ['key', 'web'] as const
/** `own`: the agent keeps its key. `service`: the key is sealed here and only signs. */
export const custodies = ['own', 'service'] as const

export interface Agent {
  readonly id: Id
  readonly name: string
  readonly kind: (typeof agentKinds)[number]
  /** The person who answers for the agent. An `employee` agent acts for this person. */
  readonly owner: Id
  readonly deputy: Id | null
  readonly model: string | null
  /** Digest of the software it runs, as `sha-256:…`. */
  readonly softwareDigest: string | null
  readonly riskTier: (typeof riskTiers)[number]
  readonly segment: string
  /** What it is for: entitlements give grants to roles. */
  readonly roles: readonly string[]
  /** Its name in the directory that provisions it. */
  readonly externalId: string | null
  readonly didMethod: (typeof didMethods)[number]
  readonly custody: (typeof custodies)[number]
  readonly keyKind: KeyKind
  /** Assigned once the agent has proved that it holds its key. */
  readonly did: Did | null
  readonly state: AgentState
  /** When an ephemeral agent ends by itself. */
  readonly endsAt: Milliseconds | null
  readonly createdAt: Milliseconds
  /** When it was last allowed something, or else was made or resumed. */
  readonly lastActiveAt: Milliseconds
  /** Since when it is suspended because that was long ago. */
  readonly dormantSince: Milliseconds | null
}

export interface AgentFilter {
  readonly state?: AgentState | undefined
  /** Agents that this person owns, or is deputy of. */
  readonly answerable?: Id | undefined
}

/** What an agent holds that works. */
export interface Holdings {
  readonly credentials: number
  /** What was delegated from those, with the service's help. */
  readonly delegations: number
  readonly sessions: number
  readonly apiKeys: number
  /** Private keys that are kept here. */
  readonly keys: number
}

export interface AgentStore {
  find(id: Id): Promise<Agent | undefined>
  findByDid(did: Did): Promise<Agent | undefined>
  /** Of each DID its agent, in their order. */
  findByDids(dids: readonly Did[]): Promise<readonly (Agent | undefined)[]>
  /** Where the agent with this DID lives, which never changes. */
  segmentOf(did: Did): Promise<string | undefined>
  list(filter: AgentFilter, page: PageRequest): Promise<readonly Agent[]>
  /** Ids of agents whose time is over and that are not retired. */
  ended(now: Milliseconds, limit: number): Promise<readonly Id[]>
  /** Some that are not retired, in the order of ids, and how many there are of them. */
  window(
    filter: { readonly name?: string; readonly externalId?: string } | undefined,
    offset: number,
    limit: number,
  ): Promise<TimeWindow<Agent>>
  /** What is alive of it at that moment, of each kind how many. */
  holdings(agent: Pick<Agent, 'id' | 'did'>, now: Milliseconds): Promise<Holdings>
  /** Active, and not used since. */
  unusedSince(before: Milliseconds, limit: number): Promise<readonly Id[]>
  /** Suspended before that moment because they were not used. */
  dormantSince(before: Milliseconds, limit: number): Promise<readonly Id[]>
  add(agent: Agent): Write
  assignDid(id: Id, did: Did): Write
  /** Gives up the agent's DID to a retired record of its own: whoever still holds that key is nobody here. */
  leaveDid(id: Id, did: Did, retired: Id): readonly Write[]
  /** Fails the whole commit with `agent_unchanged` unless the agent is as it was read: see `mustBeUnchanged`. */
  assignRoles(agent: Agent, roles: readonly string[]): readonly Write[]
  /**
   * Who answers for the agent from now on. Whoever did before is kept, and an offer that stands falls.
   * Fails the whole commit with `agent_unchanged` if the agent is not as it was read.
   */
  handOver(agent: Agent, owner: Id, deputy: Id | null, at: Milliseconds): readonly Write[]
  /** Notes that somebody answers for a new agent; of a registrar, that they no longer do. */
  beginAnswering(id: Id, answering: Answering): Write
  /** Who answers for the agent, and who did at some moment since. */
  answering(id: Id, since: Milliseconds): Promise<readonly Answering[]>
  wasActive(id: Id, at: Milliseconds): Write
  /** Null: it is not suspended for want of use, or no longer. */
  setDormant(id: Id, since: Milliseconds | null): Write
  /** Takes a step, or fails the whole commit with `agent_state` where the agent stands elsewhere. */
  step(id: Id, step: LifecycleStep): readonly Write[]
  /** Fails the whole commit with `nothing_left` if an agent that works still has this owner, or any that lives this deputy. */
  mustBeNobodys(person: Id): Write
  /** Fails the whole commit with `agent_active` unless the agent is active at that moment. */
  mustBeActive(id: Id): Write
  /**
   * Fails the whole commit with `agent_unchanged` unless roles, owner and deputy are those that were
   * read. Waits for whoever changes them at the same moment; `alone`: and for whoever relies on them.
   */
  mustBeUnchanged(agent: Agent, alone?: 'alone'): Write
}

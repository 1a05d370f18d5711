import type { Did } from '../did/syntax.ts'
import type { Write } from '../foundation/database.ts'
import type { Id } from '../foundation/id.ts'
import type { OffsetPage, PageRequest } from '../foundation/page.ts'
import type { Milliseconds } from '../foundation/time.ts'
import type { KeyKind } from '../keys/algorithm.ts'
import type { Answering } from './hand-over.ts'
import type { AgentState, LifecycleStep, SuspensionCause } from './lifecycle.ts'

export const agentKinds = ['company', 'employee', 'external'] as const
export const riskTiers = ['low', 'medium', 'high', 'critical'] as const
export const didMethods = ['key', 'web'] as const
/** `own`: the agent keeps its key. `service`: the key is sealed here and only signs. */
export const custodies = ['own', 'service'] as const

export interface Agent {
  readonly id: Id
  readonly name: string
  readonly kind: (typeof agentKinds)[number]
  /** The person answerable for the agent. An `employee` agent acts for this person. */
  readonly owner: Id
  readonly deputy: Id | null
  readonly model: string | null
  /** Digest of its software, as `sha-256:…`. */
  readonly softwareDigest: string | null
  readonly riskTier: (typeof riskTiers)[number]
  readonly segment: string
  /** What it is used for. Entitlements give grants to roles. */
  readonly roles: readonly string[]
  /** Its identifier in the directory that provisions it. */
  readonly externalId: string | null
  readonly didMethod: (typeof didMethods)[number]
  readonly custody: (typeof custodies)[number]
  readonly keyKind: KeyKind
  /** Assigned once the agent has proved that it holds its key. */
  readonly did: Did | null
  readonly state: AgentState
  /** When the service retires an ephemeral agent. */
  readonly endsAt: Milliseconds | null
  readonly createdAt: Milliseconds
  /** When it was last allowed something, or else registered or resumed. */
  readonly lastActiveAt: Milliseconds
  /** When it was suspended for lack of use; null otherwise. */
  readonly dormantSince: Milliseconds | null
  /** What suspended it, and so who may resume it; null unless it is suspended. */
  readonly suspendedBy: SuspensionCause | null
}

export interface AgentFilter {
  readonly state?: AgentState | undefined
  /** Agents whose owner or deputy this person is. */
  readonly answerable?: Id | undefined
}

/** Live credentials that the agent holds. */
export interface Holdings {
  readonly credentials: number
  /** Delegations of those, prepared by the service. */
  readonly delegations: number
  readonly sessions: number
  readonly apiKeys: number
  /** Private keys kept here. */
  readonly keys: number
}

export interface AgentStore {
  find(id: Id): Promise<Agent | undefined>
  findByDid(did: Did): Promise<Agent | undefined>
  /** For each DID its agent, in the given order. */
  findByDids(dids: readonly Did[]): Promise<readonly (Agent | undefined)[]>
  /** The segment of the agent with this DID. It never changes. */
  segmentOf(did: Did): Promise<string | undefined>
  /** Whether any agent is or was in the segment. */
  hasInSegment(segment: string): Promise<boolean>
  list(filter: AgentFilter, page: PageRequest): Promise<readonly Agent[]>
  /** Ids of agents past their end that are not retired. */
  ended(now: Milliseconds, limit: number): Promise<readonly Id[]>
  /** A page of agents that are not retired, in the order of ids, and their total number. */
  window(
    filter: { readonly name?: string; readonly externalId?: string } | undefined,
    offset: number,
    limit: number,
  ): Promise<OffsetPage<Agent>>
  /** What of the agent is live at that moment, counted by kind. */
  holdings(agent: Pick<Agent, 'id' | 'did'>, now: Milliseconds): Promise<Holdings>
  /** Active agents not used since that moment. */
  unusedSince(before: Milliseconds, limit: number): Promise<readonly Id[]>
  /** Agents suspended for lack of use before that moment. */
  dormantSince(before: Milliseconds, limit: number): Promise<readonly Id[]>
  add(agent: Agent): Write
  assignDid(id: Id, did: Did): Write
  /**
   * Moves the agent's DID to a separate, retired record, so that its old key no longer
   * authenticates anybody.
   */
  leaveDid(id: Id, did: Did, retired: Id): readonly Write[]
  /**
   * Fails the whole commit with `agent_unchanged` unless the agent is as it was read: see
   * `mustBeUnchanged`.
   */
  assignRoles(agent: Agent, roles: readonly string[]): readonly Write[]
  /**
   * Sets owner and deputy. The previous ones stay on record, and a pending offer lapses. Fails the
   * whole commit with `agent_unchanged` if the agent is not as it was read.
   */
  handOver(agent: Agent, owner: Id, deputy: Id | null, at: Milliseconds): readonly Write[]
  /** Records who answers for a new agent. For a registrar it records that they no longer do. */
  beginAnswering(id: Id, answering: Answering): Write
  /** Everyone answerable for the agent now, or at some time since that moment. */
  answering(id: Id, since: Milliseconds): Promise<readonly Answering[]>
  wasActive(id: Id, at: Milliseconds): Write
  /** Null: not, or no longer, suspended for lack of use. */
  setDormant(id: Id, since: Milliseconds | null): Write
  /**
   * Takes a lifecycle step. Fails the whole commit with `agent_state` if the agent's state does not
   * allow it.
   */
  step(id: Id, step: Exclude<LifecycleStep, 'suspend'>): readonly Write[]
  /**
   * Suspends an active agent, or makes the cause of its suspension a stronger one. Fails the whole
   * commit with `agent_state` otherwise.
   */
  suspend(id: Id, cause: SuspensionCause): readonly Write[]
  /** Fails the whole commit with `agent_unchanged` if the cause of suspension is not as read. */
  mustBeSuspendedAsRead(agent: Pick<Agent, 'id' | 'suspendedBy'>): Write
  /**
   * Fails the whole commit with `nothing_left` if this person still owns a working agent, or is
   * deputy of a live one.
   */
  mustBeNobodys(person: Id): Write
  /** Fails the whole commit with `agent_active` unless the agent is active at that moment. */
  mustBeActive(id: Id): Write
  /**
   * Fails the whole commit with `agent_unchanged` unless roles, owner and deputy are as read. Waits
   * for concurrent changes of them; with `alone`, also for commits that rely on them.
   */
  mustBeUnchanged(agent: Agent, alone?: 'alone'): Write
}

import type { Did } from '../did/syntax.ts'
import type { Write } from '../foundation/database.ts'
import type { MaybePromise } from '../foundation/maybe-promise.ts'
import { type Refusal, refuse } from '../foundation/refusal.ts'
import type { Milliseconds } from '../foundation/time.ts'
import type { Chain } from './chain.ts'
import { grantTypes } from './grant-type.ts'
import type { Situation } from './invocation.ts'
import { isTakenAway, type ReadOverlay } from './overlay.ts'
import type { Grant } from './permission.ts'
import type { AgentProfile, PolicyRequest, PolicySet } from './policy.ts'

/** The rules of this verifier. They narrow what credentials say, and never grant. */
export interface LocalRules {
  /** URL at which grants may be counted here. Undefined: metered grants are denied. */
  readonly meterAuthority: string | undefined
  /** Use of links older than this is not known here, because a backup was restored then. */
  readonly metersSince: Milliseconds
  /** Those in force for the audience, its own and those for all audiences. */
  readonly overlays: (audience: Did) => MaybePromise<readonly ReadOverlay[]>
  /** Undefined if there is no policy. */
  readonly policies: () => MaybePromise<PolicySet | undefined>
  /** Profiles of agents, in the given order; undefined for agents of other services. */
  readonly agents: (dids: readonly Did[]) => MaybePromise<readonly (AgentProfile | undefined)[]>
  /** Whether authority may flow from the agents' segments to where it is used. */
  readonly crossing: (
    ruled: Ruled,
    agents: readonly (AgentProfile | undefined)[],
  ) => MaybePromise<Refusal | undefined>
  /** Whether agents that act for a person stay within that person's roles. */
  readonly limits: (
    ruled: Ruled,
    agents: readonly (AgentProfile | undefined)[],
  ) => MaybePromise<Refusal | undefined>
  /** Whether separation of duties permits the act; undefined if no rule applies. */
  readonly separation: (ruled: Ruled) => MaybePromise<Separated | Refusal | undefined>
}

/** Writes to commit with the decision, so that nobody performs the other duty. */
export interface Separated {
  readonly writes: readonly Write[]
}

/** One view of the rules for one decision: changes during it apply to the next. */
export interface RuleSnapshot {
  readonly overlays: readonly ReadOverlay[]
  readonly policies: PolicySet | undefined
  /** Profiles of the chain's subjects, in their order. */
  readonly agents: readonly (AgentProfile | undefined)[]
}

export interface Ruled {
  readonly chain: Chain
  readonly grant: Grant
  readonly audience: Did
  readonly situation: Situation
}

/** The first rule that refuses, each recorded as it is evaluated. */
export function flawOfRules(
  { overlays, policies, agents }: RuleSnapshot,
  ruled: Ruled,
  asked: PolicyRequest,
  note: (check: string, flaw: Refusal | undefined) => void,
): Refusal | undefined {
  const checks = [
    ['every agent of the chain is active', () => flawOfAgents(agents)],
    ['no overlay takes it away', () => flawOfOverlays(overlays, agents, ruled)],
    // Local policy is evaluated only if there is one.
    ...(policies
      ? [['local policy permits it', () => flawOfPolicy(policies, asked)] as const]
      : []),
  ] as const
  for (const [check, ask] of checks) {
    const flaw = ask()
    note(check, flaw)
    if (flaw) return flaw
  }
  return undefined
}

const flawOfAgents = (agents: RuleSnapshot['agents']): Refusal | undefined =>
  agents.some((agent) => agent && !agent.isActive) ? refuse('agent_not_active') : undefined

function flawOfOverlays(
  overlays: RuleSnapshot['overlays'],
  agents: RuleSnapshot['agents'],
  { chain, audience, situation }: Ruled,
): Refusal | undefined {
  if (overlays.length === 0) return undefined
  const segments = agents.flatMap((agent) => (agent ? [agent.segment] : []))
  const found = overlays.find((one) => isTakenAway(one, chain, segments, audience, situation))
  return found && refuse('overlay', `an overlay currently withholds this: ${found.reason}`)
}

function flawOfPolicy(policies: PolicySet, asked: PolicyRequest): Refusal | undefined {
  const answer = policies.evaluate(asked)
  switch (answer.verdict) {
    case 'permitted':
      return undefined
    case 'forbidden':
      return refuse('policy_forbids', `local policy forbids it: ${answer.by.join(', ')}`)
    case 'unmentioned':
      return refuse('policy_no_permit')
    case 'failed':
      return refuse('policy_failed', `local policy could not be evaluated: ${answer.by.join(', ')}`)
  }
}

/** The request that local policy evaluates. */
export function policyRequestOf(
  { chain, grant, audience, situation: { invocation, observed, now } }: Ruled,
  agents: RuleSnapshot['agents'],
): PolicyRequest {
  return {
    holder: chain.subjects.at(-1)!,
    profile: agents.at(-1),
    action: invocation.action,
    // Policies name resources in normal form, so another spelling does not pass a `forbid`.
    resource: grantTypes[grant.type].normalizeAsked(invocation.resource) ?? invocation.resource,
    grantType: grant.type,
    purpose: invocation.purpose,
    audience,
    task: chain.permission.task.id,
    chain: chain.subjects,
    rootIssuer: chain.root,
    datatypes: invocation.datatypes ?? [],
    observed,
    now,
  }
}

import type { Did } from '../did/syntax.ts'
import type { Write } from '../foundation/database.ts'
import type { MaybePromise } from '../foundation/maybe-promise.ts'
import { type Refusal, refuse } from '../foundation/refusal.ts'
import type { Milliseconds } from '../foundation/time.ts'
import type { Chain } from './chain.ts'
import type { Situation } from './invocation.ts'
import { isTakenAway, type ReadOverlay } from './overlay.ts'
import type { Grant } from './permission.ts'
import type { AgentProfile, PolicyRequest, PolicySet } from './policy.ts'

/** What holds here beside what credentials say: it narrows, and never grants. */
export interface LocalRules {
  /** URL under which grants may be counted here. Undefined: metered grants are denied. */
  readonly meterAuthority: string | undefined
  /** Limits of links that are older than this are not known here any more: a backup was restored then. */
  readonly metersSince: Milliseconds
  readonly overlays: () => MaybePromise<readonly ReadOverlay[]>
  /** Undefined: there is no policy, and so none to ask. */
  readonly policies: () => MaybePromise<PolicySet | undefined>
  /** What is known of agents, in their order; undefined for one who is not of this service. */
  readonly agents: (dids: readonly Did[]) => MaybePromise<readonly (AgentProfile | undefined)[]>
  /** Whether authority may flow from where the agents live to what it is used on. */
  readonly crossing: (
    ruled: Ruled,
    agents: readonly (AgentProfile | undefined)[],
  ) => MaybePromise<Refusal | undefined>
  /** Whether agents that act for one person stay within what that person's roles give. */
  readonly limits: (
    ruled: Ruled,
    agents: readonly (AgentProfile | undefined)[],
  ) => MaybePromise<Refusal | undefined>
  /** Whether the act is kept apart from what the same people do or hold; undefined where no rule is. */
  readonly separation: (ruled: Ruled) => MaybePromise<Separated | Refusal | undefined>
}

/** What is to be written down with the decision, so that nobody does the other part. */
export interface Separated {
  readonly writes: readonly Write[]
}

/** One view of the rules, for one decision: what changes meanwhile is for the next. */
export interface RuleSnapshot {
  readonly overlays: readonly ReadOverlay[]
  readonly policies: PolicySet | undefined
  /** Of the chain's subjects, in their order. */
  readonly agents: readonly (AgentProfile | undefined)[]
}

export interface Ruled {
  readonly chain: Chain
  readonly grant: Grant
  readonly audience: Did
  readonly situation: Situation
}

/** The first rule that says no, each noted as it is asked. */
export function flawOfRules(
  { overlays, policies, agents }: RuleSnapshot,
  ruled: Ruled,
  asked: PolicyRequest,
  note: (check: string, flaw: Refusal | undefined) => void,
): Refusal | undefined {
  const checks = [
    ['every agent of the chain is active', () => flawOfAgents(agents)],
    ['no overlay takes it away', () => flawOfOverlays(overlays, agents, ruled)],
    // Where there is no policy there is none to ask.
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
  return found && refuse('overlay', `an overlay takes it away until it ends: ${found.reason}`)
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

/** What local policy is asked of a request. */
export function policyRequestOf(
  { chain, grant, audience, situation: { invocation, observed, now } }: Ruled,
  agents: RuleSnapshot['agents'],
): PolicyRequest {
  return {
    holder: chain.subjects.at(-1)!,
    profile: agents.at(-1),
    action: invocation.action,
    resource: invocation.resource,
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

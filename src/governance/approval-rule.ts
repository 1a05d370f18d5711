import type { Agent } from '../directory/agent.ts'
import type { Id } from '../foundation/id.ts'
import type { Seconds } from '../foundation/time.ts'
import type { Grant } from '../permission/permission.ts'
import { cite, type InForce } from './document.ts'
import { type GrantPattern, touchesAny } from './grant-pattern.ts'

/** Who may approve: named people, or people with a role in the organization. */
export interface Approvers {
  readonly people?: readonly Id[] | undefined
  readonly roles?: readonly string[] | undefined
}

/** One stage of a chain of approval. */
export interface Stage {
  readonly name: string
  readonly approvers: Approvers
  /** How many different people must approve. */
  readonly quorum: number
  readonly deadlineSeconds: Seconds
  /**
   * Further approvers once the deadline has passed, and their deadline. Without it, the request
   * expires.
   */
  readonly escalation?:
    | { readonly approvers: Approvers; readonly deadlineSeconds: Seconds }
    | undefined
}

/**
 * Says when a permission requires approval, or is refused. All given conditions must hold; a rule
 * without conditions always applies.
 */
export interface ApprovalRule {
  readonly when: {
    /** Any pattern matches a grant. */
    readonly grants?: readonly GrantPattern[] | undefined
    readonly riskTiers?: readonly Agent['riskTier'][] | undefined
    readonly agentKinds?: readonly Agent['kind'][] | undefined
    readonly segments?: readonly string[] | undefined
    readonly purposes?: readonly string[] | undefined
    readonly kinds?: readonly RequestKind[] | undefined
    /** Whether the permission may be delegated. */
    readonly delegable?: boolean | undefined
  }
  readonly outcome: 'ask' | 'refuse'
  /** For `ask`: the stages in order, each approved by people who approved in no earlier one. */
  readonly stages: readonly Stage[]
}

/**
 * `permission`: within entitlements. `elevation`: beyond them, for a short time, reviewed
 * afterwards. `break-glass`: an emergency.
 */
export const requestKinds = ['permission', 'elevation', 'break-glass'] as const
export type RequestKind = (typeof requestKinds)[number]

/** What rules are evaluated on. */
export interface Asked {
  readonly kind: RequestKind
  readonly agent: Pick<Agent, 'riskTier' | 'kind' | 'segment'>
  readonly purpose: string
  readonly grants: readonly Grant[]
  readonly isDelegable: boolean
}

export function applies({ when }: ApprovalRule, asked: Asked): boolean {
  const { agent } = asked
  const among = <T>(allowed: readonly T[] | undefined, value: T) =>
    allowed === undefined || allowed.includes(value)
  return (
    (when.grants === undefined || touchesAny(when.grants, asked.grants)) &&
    among(when.riskTiers, agent.riskTier) &&
    among(when.agentKinds, agent.kind) &&
    among(when.segments, agent.segment) &&
    among(when.purposes, asked.purpose) &&
    among(when.kinds, asked.kind) &&
    (when.delegable === undefined || when.delegable === asked.isDelegable)
  )
}

/** The result of all rules, each cited by name and version. */
export interface Ruling {
  readonly outcome: 'grant' | 'ask' | 'refuse'
  readonly rules: readonly string[]
  readonly stages: readonly Stage[]
}

/**
 * One refusing rule suffices. Otherwise the stages of all asking rules follow each other, in the
 * order of the rules' names.
 */
export function ruleOn(rules: readonly InForce<'approval-rule'>[], asked: Asked): Ruling {
  const applying = rules.filter(({ body }) => applies(body, asked))
  const refusing = applying.filter(({ body }) => body.outcome === 'refuse')
  if (refusing.length > 0) return { outcome: 'refuse', rules: refusing.map(cite), stages: [] }
  const stages = applying.flatMap(({ body }) => body.stages)
  return {
    outcome: stages.length > 0 ? 'ask' : 'grant',
    rules: applying.map(cite),
    stages,
  }
}

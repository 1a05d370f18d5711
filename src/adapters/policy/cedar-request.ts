import type { CedarValueJson, PolicyJson } from '@cedar-policy/cedar-wasm'
import type { PolicyRequest } from '../../permission/policy.ts'

/** What a set of policies refers to; `all` if it cannot be determined. */
export interface Mentioned {
  readonly context: ReadonlySet<string> | 'all'
  readonly principal: boolean
}

/** The context attributes that policies use, and whether they use the principal. */
export function mentionedIn(policies: readonly PolicyJson[]): Mentioned {
  const context = new Set<string>()
  let isWhole = false
  let principal = false
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    if (Array.isArray(value)) {
      for (const item of value) walk(item)
      return
    }
    const node = value as Record<string, unknown>
    const access = (node['.'] ?? node.has) as { left?: { Var?: string }; attr?: string } | undefined
    if (access?.left?.Var === 'context' && typeof access.attr === 'string') {
      context.add(access.attr)
      return
    }
    if (node.Var === 'context') isWhole = true
    if (node.Var === 'principal') principal = true
    for (const inner of Object.values(node)) walk(inner)
  }
  for (const { conditions } of policies) walk(conditions)
  return { context: isWhole ? 'all' : context, principal }
}

/** A context attribute that must equal this text. */
export interface Requirement {
  readonly attribute: AlwaysThere
  readonly value: string
}
const alwaysThere = ['action', 'grantType', 'purpose', 'audience', 'task', 'rootIssuer'] as const
type AlwaysThere = (typeof alwaysThere)[number]

/** The part of Cedar's JSON form of an expression that is inspected here. */
interface Expression {
  readonly '&&'?: { readonly left: Expression }
  readonly '=='?: { readonly left: Expression; readonly right: Expression }
  readonly '.'?: { readonly left: Expression; readonly attr: string }
  readonly Var?: string
  readonly Value?: unknown
}

/**
 * The first condition of a policy, if it has the form `context.purpose == "…"` on an attribute that
 * every request has. If it does not hold, nothing after it is evaluated, so nothing can fail: the
 * policy does not apply.
 */
export function requirementOf({ conditions }: PolicyJson): Requirement | undefined {
  const [first] = conditions
  if (first?.kind !== 'when') return undefined
  let node = first.body as Expression
  while (node['&&']) node = node['&&'].left
  const { left, right } = node['=='] ?? {}
  const access = left?.['.']
  if (access?.left.Var !== 'context' || typeof right?.Value !== 'string') return undefined
  const attribute = alwaysThere.find((name) => name === access.attr)
  return attribute && { attribute, value: right.Value }
}

export const meets = (request: PolicyRequest, { attribute, value }: Requirement): boolean =>
  request[attribute] === value

/** Each context attribute; undefined if it has no value. */
const attributes: Readonly<Record<string, (request: PolicyRequest) => CedarValueJson | undefined>> =
  {
    action: ({ action }) => action,
    grantType: ({ grantType }) => grantType,
    purpose: ({ purpose }) => purpose,
    audience: ({ audience }) => audience,
    task: ({ task }) => task,
    chain: ({ chain }) => [...chain],
    rootIssuer: ({ rootIssuer }) => rootIssuer,
    datatypes: ({ datatypes }) => [...datatypes],
    sourceIp: ({ observed: { sourceIp } }) =>
      sourceIp === undefined ? undefined : { __extn: { fn: 'ip', arg: sourceIp } },
    region: ({ observed }) => observed.region,
    environment: ({ observed }) => observed.environment,
    risk: ({ observed }) => observed.risk,
    now: ({ now }) => now,
    hour: ({ now }) => new Date(now).getUTCHours(),
    weekday: ({ now }) => new Date(now).getUTCDay() || 7,
  }

export function attributesOf(request: PolicyRequest, { context, principal }: Mentioned) {
  const told: Record<string, CedarValueJson> = {}
  for (const name of context === 'all' ? Object.keys(attributes) : context) {
    const value = attributes[name]?.(request)
    if (value !== undefined) told[name] = value
  }
  const { owner, segment, riskTier, kind } = request.profile ?? {}
  const profile: Record<string, CedarValueJson> | undefined =
    principal && request.profile
      ? { owner: owner!, segment: segment!, riskTier: riskTier!, kind: kind! }
      : undefined
  return { context: told, profile }
}

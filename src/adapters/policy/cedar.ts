import type { AuthorizationAnswer, PolicyJson, Schema } from '@cedar-policy/cedar-wasm'
import schema from '../../../schemas/policy.cedarschema.json' with { type: 'json' }
import type {
  Policy,
  PolicyEngine,
  PolicyRequest,
  PolicySet,
  PolicyVerdict,
} from '../../permission/policy.ts'
import {
  attributesOf,
  type Mentioned,
  meets,
  mentionedIn,
  type Requirement,
  requirementOf,
} from './cedar-request.ts'

/** What is used of Cedar, however a runtime loads it. */
export type Cedar = Pick<
  typeof import('@cedar-policy/cedar-wasm'),
  | 'policySetTextToParts'
  | 'policyToJson'
  | 'preparsePolicySet'
  | 'statefulIsAuthorized'
  | 'validate'
>

const actions: ReadonlySet<string> = new Set(Object.keys(schema[''].actions))
const maxRemembered = 1_000
const maxSlices = 256

/** Local policy in Cedar. The engine is loaded when there is a policy. */
export function makeCedarEngine(load: () => Promise<Cedar>): PolicyEngine {
  const names = makeNames()
  return {
    async validate(body) {
      const cedar = await load()
      const answer = cedar.validate({
        schema: schema as unknown as Schema,
        policies: { staticPolicies: body },
      })
      if (answer.type === 'failure') return distinct(answer.errors)
      const parts = cedar.policySetTextToParts(body)
      if (parts.type === 'failure') return distinct(parts.errors)
      if (parts.policy_templates.length > 0) return ['templates are not used here']
      if (parts.policies.length === 0) return ['there is no policy in it']
      return distinct(answer.validationErrors.map(({ error }) => error))
    },
    async compile(policies) {
      return compile(await load(), policies, names)
    },
  }
}

/**
 * Cedar keeps what it has parsed under a name, for good. Names of sets that nobody has any more are
 * given again, so that it keeps no more than there are in use.
 */
interface Names {
  take(): string
  /** These are free again once nobody holds the owner. */
  giveBackAfter(owner: object, names: readonly string[]): void
}

function makeNames(): Names {
  const free: string[] = []
  let made = 0
  const dropped = new FinalizationRegistry<readonly string[]>((names) => free.push(...names))
  return {
    take: () => free.pop() ?? `procura ${made++}`,
    giveBackAfter: (owner, names) => dropped.register(owner, names),
  }
}

const distinct = (errors: readonly { readonly message: string }[]): readonly string[] => [
  ...new Set(errors.map(({ message }) => message)),
]

interface ReadPolicy {
  readonly id: string
  readonly text: string
  readonly json: PolicyJson
  /** What a request must say for the policy to apply, where it begins with that. */
  readonly requirement: Requirement | undefined
}

/** Policies that go to Cedar together, and what they look at. */
interface Slice {
  readonly id: string
  readonly mentioned: Mentioned
}

/**
 * Parses policies once. Cedar is asked with those policies that can apply to a request, and told what
 * these mention and no more: to cross into WebAssembly as JSON is what costs. Its answer depends on
 * nothing else, and so is remembered for the same question.
 */
function compile(cedar: Cedar, policies: readonly Policy[], names: Names): PolicySet {
  const read = policies.flatMap((policy) => readPolicy(cedar, policy))
  const taken: string[] = []
  const take = () => {
    taken.push(names.take())
    return taken.at(-1)!
  }
  const whole = sliceOf(cedar, read, take())
  const slices = new Map<string, Slice>()
  const remembered = new Map<string, PolicyVerdict>()
  const sliceFor = (request: PolicyRequest, action: string): Slice => {
    const applying = read.filter((policy) => mayApply(policy, action, request))
    const key = applying.map(({ id }) => id).join('\n')
    const known = slices.get(key)
    if (known) return known
    if (slices.size >= maxSlices) return whole
    const slice = sliceOf(cedar, applying, take())
    slices.set(key, slice)
    return slice
  }
  const set: PolicySet = {
    version: policies.map(({ name, version }) => `${name} ${version}`).join(', '),
    evaluate(request) {
      const action = actions.has(request.action) ? request.action : 'other'
      const call = callOf(request, action, sliceFor(request, action))
      const key = JSON.stringify(call)
      const known = remembered.get(key)
      if (known) return known
      const verdict = verdictOf(cedar.statefulIsAuthorized(call))
      if (remembered.size >= maxRemembered) remembered.clear()
      remembered.set(key, verdict)
      return verdict
    },
  }
  // Whoever holds a part of the set holds this, and with it what it asks.
  names.giveBackAfter(set.evaluate, taken)
  return set
}

function readPolicy(cedar: Cedar, { name, body }: Policy): readonly ReadPolicy[] {
  const parts = cedar.policySetTextToParts(body ?? '')
  if (parts.type === 'failure') throw new Error(`the policy ${name} cannot be read`)
  return parts.policies.map((text, i) => {
    const answer = cedar.policyToJson(text)
    if (answer.type === 'failure') throw new Error(`the policy ${name} cannot be read`)
    const { json } = answer
    const own = json.annotations?.id
    const id = own ? `${name}: ${own}` : `${name} #${i + 1}`
    return { id, text, json, requirement: requirementOf(json) }
  })
}

function sliceOf(cedar: Cedar, policies: readonly ReadPolicy[], id: string): Slice {
  const staticPolicies = Object.fromEntries(policies.map(({ id, text }) => [id, text]))
  const answer = cedar.preparsePolicySet(id, { staticPolicies })
  if (answer.type === 'failure') throw new Error('the policies cannot be put together')
  return { id, mentioned: mentionedIn(policies.map(({ json }) => json)) }
}

/** Whether the scope of a policy, and what it begins with, can hold. The schema has no groups of actions. */
function mayApply(
  { json: { action }, requirement }: ReadPolicy,
  name: string,
  request: PolicyRequest,
): boolean {
  if (requirement && !meets(request, requirement)) return false
  if (action.op === 'All') return true
  const entities =
    'entities' in action ? action.entities : 'entity' in action ? [action.entity] : []
  // What has no entity by which it could be told apart is left to Cedar.
  if (entities.length === 0) return true
  return entities.some((entity) => ('id' in entity ? entity.id : entity.__entity.id) === name)
}

function callOf(request: PolicyRequest, action: string, { id, mentioned }: Slice) {
  const principal = { type: 'Agent', id: request.holder }
  const { context, profile } = attributesOf(request, mentioned)
  return {
    principal,
    action: { type: 'Action', id: action },
    resource: { type: 'Resource', id: request.resource },
    context,
    entities: profile ? [{ uid: principal, attrs: profile, parents: [] }] : [],
    preparsedPolicySetId: id,
  }
}

/** An error in any policy denies, whatever the others say: permission-model.md, 4. */
function verdictOf(answer: AuthorizationAnswer): PolicyVerdict {
  if (answer.type === 'failure') return { verdict: 'failed', by: ['the request'] }
  const { decision, diagnostics } = answer.response
  if (diagnostics.errors.length > 0)
    return { verdict: 'failed', by: diagnostics.errors.map(({ policyId }) => policyId) }
  if (decision === 'allow') return { verdict: 'permitted', by: diagnostics.reason }
  return diagnostics.reason.length > 0
    ? { verdict: 'forbidden', by: diagnostics.reason }
    : { verdict: 'unmentioned' }
}

import type {
  AuthorizationAnswer,
  PolicyJson,
  StatefulAuthorizationCall,
} from '@cedar-policy/cedar-wasm'
import schema from '../../../schemas/policy.cedarschema.json' with { type: 'json' }
import type { Policy, PolicyRequest, PolicySet, PolicyVerdict } from '../../permission/policy.ts'
import { askTwice, CedarFailed, type CedarInstance } from './cedar-instance.ts'
import {
  attributesOf,
  type Mentioned,
  meets,
  mentionedIn,
  type Requirement,
  requirementOf,
} from './cedar-request.ts'
import { flawOfPolicyShape } from './policy-shape.ts'

const actions: ReadonlySet<string> = new Set(Object.keys(schema[''].actions))
const maxRemembered = 1_000
/** Longest request, in characters, whose result is cached. */
const maxQuestion = 4_096
const maxSlices = 256
/** Longest text in all slices of a set, in UTF-16 code units; Cedar's memory has no other bound. */
const maxSliced = 2_000_000

interface ReadPolicy {
  readonly id: string
  readonly text: string
  readonly json: PolicyJson
  /** What a request must contain for the policy to apply, if it begins with such a condition. */
  readonly requirement: Requirement | undefined
}

/** Policies that are given to Cedar together, and what they refer to. */
interface Slice {
  readonly name: string
  readonly policies: Readonly<Record<string, string>>
  readonly mentioned: Mentioned
  /** The Cedar instance that holds them. */
  generation: number
}

/**
 * Parses policies once. Cedar gets only the policies that may apply to a request, and only what
 * they refer to, because crossing into WebAssembly as JSON is what costs. Its answer depends on
 * nothing else, so it is cached for the same request.
 */
export function compilePolicies(instance: CedarInstance, policies: readonly Policy[]): PolicySet {
  const version = policies.map(({ name, version }) => `${name} ${version}`).join(', ')
  const all = policies.map((policy) => readPolicies(instance, policy))
  const unreadable = all.flatMap((read) => (typeof read === 'string' ? [read] : []))
  // An error in any policy denies, regardless of the others: permission-model.md, 4.
  if (unreadable.length > 0)
    return { version, evaluate: () => ({ verdict: 'failed', by: unreadable }) }
  const read = all.flatMap((read) => (typeof read === 'string' ? [] : read))
  const names: string[] = []
  const makeSlice = (policies: readonly ReadPolicy[]): Slice => {
    const name = instance.names.take()
    names.push(name)
    return {
      name,
      policies: Object.fromEntries(policies.map(({ id, text }) => [id, text])),
      mentioned: mentionedIn(policies.map(({ json }) => json)),
      generation: 0,
    }
  }
  const whole = makeSlice(read)
  const slices = new Map<string, Slice>()
  let sliced = 0
  const sliceFor = (request: PolicyRequest, action: string): Slice => {
    const applying = read.filter((policy) => mayApply(policy, action, request))
    const key = applying.map(({ id }) => id).join('\n')
    const known = slices.get(key)
    if (known) return known
    const length = applying.reduce((sum, { text }) => sum + text.length, 0)
    if (slices.size >= maxSlices || sliced + length > maxSliced) return whole
    sliced += length
    const slice = makeSlice(applying)
    slices.set(key, slice)
    return slice
  }
  const remembered = new Map<string, PolicyVerdict>()
  const set: PolicySet = {
    version,
    evaluate(request) {
      const action = actions.has(request.action) ? request.action : 'other'
      const slice = sliceFor(request, action)
      const call = callOf(request, action, slice)
      const key = JSON.stringify(call)
      const known = remembered.get(key)
      if (known) return known
      const verdict = ask(instance, slice, call)
      // After a failure of the engine, the next instance may answer.
      if (verdict === engineFailed) return verdict
      if (key.length > maxQuestion) return verdict
      if (remembered.size >= maxRemembered) remembered.clear()
      remembered.set(key, verdict)
      return verdict
    },
  }
  // Every part of the set holds this, and with it the names.
  instance.names.giveBackAfter(set.evaluate, names)
  return set
}

/** The policies of one document, or its name if it cannot be parsed. */
function readPolicies(
  instance: CedarInstance,
  { name, body }: Policy,
): readonly ReadPolicy[] | string {
  // A stored or restored policy may not have been validated here.
  if (flawOfPolicyShape(body ?? '')) return name
  try {
    return askTwice(instance, (cedar) => {
      const parts = cedar.policySetTextToParts(body ?? '')
      if (parts.type === 'failure') return name
      const read: ReadPolicy[] = []
      for (const [i, text] of parts.policies.entries()) {
        const answer = cedar.policyToJson(text)
        if (answer.type === 'failure') return name
        const { json } = answer
        const own = json.annotations?.id
        const id = own ? `${name}: ${own}` : `${name} #${i + 1}`
        read.push({ id, text, json, requirement: requirementOf(json) })
      }
      return read
    })
  } catch (error) {
    if (error instanceof CedarFailed) return name
    throw error
  }
}

const engineFailed: PolicyVerdict = { verdict: 'failed', by: ['the policy engine'] }

/** Asks Cedar. If an earlier instance held the slice's policies, they are given to it again. */
function ask(
  instance: CedarInstance,
  slice: Slice,
  call: StatefulAuthorizationCall,
): PolicyVerdict {
  try {
    return instance.ask((cedar) => {
      if (slice.generation !== instance.generation()) {
        const answer = cedar.preparsePolicySet(slice.name, { staticPolicies: slice.policies })
        if (answer.type === 'failure') return { verdict: 'failed', by: Object.keys(slice.policies) }
        slice.generation = instance.generation()
      }
      return verdictOf(cedar.statefulIsAuthorized(call))
    })
  } catch (error) {
    if (error instanceof CedarFailed) return engineFailed
    throw error
  }
}

/** Whether the scope and first condition of a policy can hold. The schema has no action groups. */
function mayApply(
  { json: { action }, requirement }: ReadPolicy,
  name: string,
  request: PolicyRequest,
): boolean {
  if (requirement && !meets(request, requirement)) return false
  if (action.op === 'All') return true
  const entities =
    'entities' in action ? action.entities : 'entity' in action ? [action.entity] : []
  // A policy without a distinguishable entity is left to Cedar.
  if (entities.length === 0) return true
  return entities.some((entity) => ('id' in entity ? entity.id : entity.__entity.id) === name)
}

function callOf(
  request: PolicyRequest,
  action: string,
  { name, mentioned }: Slice,
): StatefulAuthorizationCall {
  const principal = { type: 'Agent', id: request.holder }
  const { context, profile } = attributesOf(request, mentioned)
  return {
    principal,
    action: { type: 'Action', id: action },
    resource: { type: 'Resource', id: request.resource },
    context,
    entities: profile ? [{ uid: principal, attrs: profile, parents: [] }] : [],
    preparsedPolicySetId: name,
  }
}

/** Cedar lists policies in hash table order, which differs between instances. */
const sorted = (ids: readonly string[]) => (ids.length > 1 ? [...ids].sort() : ids)

/** An error in any policy denies, regardless of the others: permission-model.md, 4. */
function verdictOf(answer: AuthorizationAnswer): PolicyVerdict {
  if (answer.type === 'failure') return { verdict: 'failed', by: ['the request'] }
  const { decision, diagnostics } = answer.response
  if (diagnostics.errors.length > 0)
    return { verdict: 'failed', by: sorted(diagnostics.errors.map(({ policyId }) => policyId)) }
  if (decision === 'allow') return { verdict: 'permitted', by: sorted(diagnostics.reason) }
  return diagnostics.reason.length > 0
    ? { verdict: 'forbidden', by: sorted(diagnostics.reason) }
    : { verdict: 'unmentioned' }
}

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import * as cedar from '@cedar-policy/cedar-wasm/nodejs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { makeCedarEngine } from '../../src/adapters/policy/cedar.ts'
import {
  attributesOf,
  mentionedIn,
  requirementOf,
} from '../../src/adapters/policy/cedar-request.ts'
import type { Id } from '../../src/foundation/id.ts'
import type { Policy, PolicyRequest } from '../../src/permission/policy.ts'
import { loadCedar } from '../../src/runtimes/node/cedar.ts'

const engine = makeCedarEngine(loadCedar)

const scope = fc.constantFrom(
  'action',
  'action == Action::"read"',
  'action in [Action::"read", Action::"update"]',
  'action == Action::"other"',
)
const atom = fc.constantFrom(
  'context.purpose == "report"',
  'context.purpose == "payroll"',
  'context.action == "export"',
  '"report" == context.purpose',
  'context.audience != "did:web:a"',
  'context has risk && context.risk > 50',
  'context has region && context.region == "DE"',
  'principal has owner && principal.owner == "ada"',
  'context.datatypes.contains("x")',
  'context has risk && context.risk * 9223372036854775807 > 0',
)
const condition = fc
  .array(atom, { minLength: 1, maxLength: 3 })
  .chain((atoms) =>
    fc.constantFrom(atoms.join(' && '), `!(${atoms.join(' && ')})`, atoms.join(' || ')),
  )
const policyText = fc
  .tuple(
    fc.constantFrom('permit', 'forbid'),
    scope,
    fc.constantFrom('when', 'unless'),
    condition,
    fc.boolean(),
  )
  .map(([effect, on, kind, text, bare]) =>
    bare
      ? `${effect}(principal, ${on}, resource);`
      : `${effect}(principal, ${on}, resource) ${kind} { ${text} };`,
  )
const request = fc.record({
  action: fc.constantFrom('read', 'update', 'export'),
  purpose: fc.constantFrom('report', 'payroll', 'other'),
  datatypes: fc.subarray(['x', 'y']),
  observed: fc.record(
    { risk: fc.integer({ min: 0, max: 100 }), region: fc.constantFrom('DE', 'FR') },
    { requiredKeys: [] },
  ),
  known: fc.boolean(),
})
const asked = ({ known, ...one }: any): PolicyRequest => ({
  holder: 'did:key:zA',
  profile: known
    ? { isActive: true, owner: 'ada', segment: 'default', riskTier: 'low', kind: 'company' }
    : undefined,
  resource: 'db://a/b/c',
  grantType: 'database',
  audience: 'did:web:a',
  task: 'urn:t',
  chain: ['did:key:zA'],
  rootIssuer: 'did:web:i',
  now: Date.UTC(2026, 10, 22),
  ...one,
})

/** Cedar with every policy and every attribute, nothing sliced away. */
function whole(texts: readonly string[], one: PolicyRequest): string {
  const { context } = attributesOf(one, { context: 'all', principal: true })
  const uid = { type: 'Agent', id: one.holder }
  const { owner, segment, riskTier, kind } = one.profile ?? {}
  const attrs = one.profile
    ? { owner: owner!, segment: segment!, riskTier: riskTier!, kind: kind! }
    : {}
  const answer = cedar.isAuthorized({
    principal: uid,
    action: { type: 'Action', id: one.action === 'export' ? 'other' : one.action },
    resource: { type: 'Resource', id: one.resource },
    context,
    entities: [{ uid, attrs, parents: [] }],
    policies: { staticPolicies: Object.fromEntries(texts.map((text, i) => [`p${i}`, text])) },
  })
  if (answer.type === 'failure') return 'failed'
  const { decision, diagnostics } = answer.response
  if (diagnostics.errors.length > 0) return 'failed'
  if (decision === 'allow') return 'permitted'
  return diagnostics.reason.length > 0 ? 'forbidden' : 'unmentioned'
}

const policyOf = (body: string, i: number): Policy => ({
  id: `${i}` as Id,
  name: `p${i}`,
  version: 1,
  body,
  createdBy: 'service',
  createdAt: 0,
})

test('leaving out policies that cannot apply, and attributes that no policy mentions, changes no answer', async () => {
  const seen = new Set<string>()
  await fc.assert(
    fc.asyncProperty(
      fc.array(policyText, { minLength: 1, maxLength: 6 }),
      fc.array(request, { minLength: 6, maxLength: 6 }),
      async (texts, requests) => {
        const set = await engine.compile(texts.map(policyOf))
        for (const one of requests.map(asked)) {
          const { verdict } = set.evaluate(one)
          seen.add(verdict)
          expect(verdict).toBe(whole(texts, one))
          expect(set.evaluate(one).verdict).toBe(verdict)
        }
      },
    ),
    { numRuns: 150 },
  )
  expect(seen).toEqual(new Set(['permitted', 'forbidden', 'unmentioned', 'failed']))
})

test('a policy that takes the context as a whole gets all of it', () => {
  const policy = (kind: 'when' | 'unless', body: object) =>
    ({ effect: 'forbid', conditions: [{ kind, body }] }) as never
  const equals = {
    '==': {
      left: { '.': { left: { Var: 'context' }, attr: 'purpose' } },
      right: { Value: 'report' },
    },
  }

  expect(mentionedIn([policy('when', { Set: [{ Var: 'context' }] })]).context).toBe('all')
  expect([requirementOf(policy('when', equals)), requirementOf(policy('unless', equals))]).toEqual([
    { attribute: 'purpose', value: 'report' },
    undefined,
  ])
})

test('what Cedar keeps of withdrawn policies is used again', async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const names = new Set<string>()
  const instance = await loadCedar()
  const own = makeCedarEngine(async () => ({
    ...instance,
    ask: (use) =>
      instance.ask((asked) =>
        use({
          ...asked,
          preparsePolicySet(name, set) {
            names.add(name)
            return asked.preparsePolicySet(name, set)
          },
        }),
      ),
  }))
  const decide = async (body: string) => {
    const set = await own.compile([policyOf(body, 0)])
    return set.evaluate(asked({ action: 'read', purpose: 'report', observed: {}, datatypes: [] }))
      .verdict
  }
  for (let i = 0; i < 200; i++) {
    const effect = i % 2 === 0 ? 'permit' : 'forbid'
    expect(await decide(`${effect}(principal, action, resource);`)).toBe(
      i % 2 === 0 ? 'permitted' : 'forbidden',
    )
    if (i % 10 === 9) {
      await new Promise((next) => setImmediate(next))
      collect()
      await new Promise((next) => setImmediate(next))
    }
  }

  // Two for each set that was not yet collected.
  expect(names.size).toBeLessThan(100)
})

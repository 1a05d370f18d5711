import { expect, test } from 'vitest'
import { makeCedarEngine } from '../../src/adapters/policy/cedar.ts'
import { type Cedar, CedarFailed } from '../../src/adapters/policy/cedar-instance.ts'
import { flawOfPolicyShape } from '../../src/adapters/policy/policy-shape.ts'
import { loadCedar } from '../../src/runtimes/node/cedar.ts'
import { ask, world } from '../world.ts'
import { deepTexts, longTexts, policyOf, policyRequest } from './policy-texts.ts'

const instance = await loadCedar()
const engine = makeCedarEngine(loadCedar)

const kill = (cedar: Cedar): never => {
  cedar.validate({ schema: {}, policies: { staticPolicies: deepTexts.parentheses!(1_000) } })
  throw new Error('it lives')
}

/** The deepest of a family that is taken. */
function deepest(make: (n: number) => string): number {
  let n = 1
  while (!flawOfPolicyShape(make(n + 1))) n++
  return n
}

/** What becomes of a text that is given to Cedar whatever its shape. */
async function fate(text: string): Promise<string> {
  try {
    await engine.validate(text)
    const set = await engine.compile([policyOf(text)])
    const { verdict, ...rest } = set.evaluate(policyRequest)
    return 'by' in rest && rest.by.includes('the policy engine') ? 'trap' : verdict
  } catch (error) {
    return `${(error as { code?: string }).code}: ${(error as Error).message}`
  }
}

test('every accepted policy is read and evaluated without a trap, even at twice the depth', async () => {
  const before = instance.generation()
  const fates: Record<string, string> = {}
  for (const [name, make] of Object.entries(deepTexts))
    fates[name] = await fate(make(deepest(make)))
  for (const [name, text] of Object.entries(longTexts)) fates[name] = await fate(text)
  const traps = Object.entries(fates).filter(([, is]) => is === 'trap' || is.includes(':'))
  const doubled: string[] = []
  for (const [name, make] of Object.entries(deepTexts)) {
    const text = make(deepest(make) * 2)
    try {
      instance.ask((cedar) => {
        cedar.preparsePolicySet('doubled', { staticPolicies: text })
        cedar.statefulIsAuthorized({
          principal: { type: 'Agent', id: 'a' },
          action: { type: 'Action', id: 'read' },
          resource: { type: 'Resource', id: 'r' },
          context: { purpose: 'report' },
          entities: [],
          preparsedPolicySetId: 'doubled',
        })
      })
    } catch {
      doubled.push(name)
    }
  }

  expect({ traps, doubled, lost: instance.generation() - before }).toEqual({
    traps: [],
    doubled: [],
    // The first question makes the first instance.
    lost: before === 0 ? 1 : 0,
  })
})

test('a deeper or longer policy is refused before Cedar sees it, and the error says what to write instead', async () => {
  const before = instance.generation()
  const answers = new Set<string>()
  for (const make of Object.values(deepTexts)) answers.add(await fate(make(deepest(make) + 1)))
  answers.add(await fate(' '.repeat(100_001)))
  answers.add(await fate('permit(principal == Agent::"\ud800", action, resource);'))

  expect([...answers].sort()).toEqual([
    'policy_too_complex: it contains a lone surrogate',
    'policy_too_complex: it has more than 128 operators in a row: compare with a set, as in ["a", "b"].contains(context.purpose), or write several policies',
    'policy_too_complex: it is longer than 100000 characters',
    'policy_too_complex: its brackets are nested more than 40 deep',
  ])
  expect(instance.generation()).toBe(before)
})

test('when Cedar traps, that decision fails, and a fresh instance with the policies makes the next', async () => {
  let traps = 0
  const dying = makeCedarEngine(async () => ({
    ...instance,
    ask: (use) =>
      instance.ask((cedar) =>
        use({
          ...cedar,
          statefulIsAuthorized: (call) =>
            traps-- > 0 ? kill(cedar) : cedar.statefulIsAuthorized(call),
        }),
      ),
  }))
  const set = await dying.compile([policyOf('permit(principal, action, resource);')])
  const other = await engine.compile([
    policyOf('forbid(principal, action, resource) when { context.purpose == "report" };'),
  ])
  const verdicts = [other.evaluate(policyRequest)]
  traps = 1
  for (let i = 0; i < 2; i++) verdicts.push(set.evaluate(policyRequest))
  verdicts.push(other.evaluate({ ...policyRequest, resource: 'db://a/b/d' }))

  expect(verdicts).toEqual([
    { verdict: 'forbidden', by: ['p0 #1'] },
    { verdict: 'failed', by: ['the policy engine'] },
    { verdict: 'permitted', by: ['p0 #1'] },
    { verdict: 'forbidden', by: ['p0 #1'] },
  ])
})

test('an instance of Cedar that throws is replaced, because it did not give its stack back', () => {
  const before = instance.generation()
  const errors = [kill, () => instance.ask(kill), () => null].map((use) => {
    try {
      return instance.ask(use as never)
    } catch (error) {
      return error instanceof CedarFailed
    }
  })

  expect([errors, instance.generation() - before]).toEqual([[true, true, null], 2])
})

test('a policy in force that cannot be read denies by name, and costs no instance', async () => {
  const before = instance.generation()
  const set = await engine.compile([
    policyOf('permit(principal, action, resource);', 0),
    policyOf(deepTexts.parentheses!(1_000), 1),
    policyOf('permit(', 2),
  ])

  expect(set.evaluate(policyRequest)).toEqual({ verdict: 'failed', by: ['p1', 'p2'] })
  expect(instance.generation()).toBe(before)
})

test('neither a trial nor a new policy can stop decisions', async () => {
  const w = await world()
  const [agent, ledger] = [await w.agent(), await w.agent()]
  const { credential } = await w.permit(agent, ledger)
  await w.raw('PUT', '/policies/all', { body: { policy: 'permit(principal, action, resource);' } })
  const answers: unknown[] = []
  for (const policy of [deepTexts.parentheses!(250), deepTexts['a chain of ||']!(1_500)]) {
    const trial = await w.raw('POST', '/policies/trial', { body: { name: 'x', policy } })
    const put = await w.raw('PUT', '/policies/x', { body: { policy } })
    answers.push([
      trial.status,
      put.status,
      trial.json.type,
      await ask(ledger, agent, [credential]),
    ])
  }

  const refused = [422, 422, 'https://w3id.org/procura/problems#policy_too_complex', 'allow']
  expect(answers).toEqual([refused, refused])
})

test('if Cedar dies nevertheless, one decision is denied, and the next is made within a second', async () => {
  const w = await world()
  const [agent, ledger] = [await w.agent(), await w.agent()]
  const { credential } = await w.permit(agent, ledger)
  // What time it is makes every question another one: none is answered from memory.
  const policy = 'permit(principal, action, resource) when { context.now > 0 };'
  await w.raw('PUT', '/policies/all', { body: { policy } })
  const decide = () => ask(ledger, agent, [credential])
  const before = await decide()
  // Behind the back of whoever would notice.
  let dead: Cedar | undefined
  instance.ask((cedar) => {
    dead = { ...cedar }
  })
  expect(() => kill(dead!)).toThrow()
  w.advance(10)
  const during = await decide()
  w.advance(10)
  const begun = performance.now()
  const after = await decide()

  expect([before, during, after]).toEqual(['allow', 'deny: policy_failed', 'allow'])
  expect(performance.now() - begun).toBeLessThan(1_000)
})

test('a hundred comparisons in a row are accepted, and evaluated', async () => {
  const terms = Array.from({ length: 99 }, (_, i) => `context.purpose == "purpose ${i}"`)
  const text = `permit(principal, action, resource) when { ${[...terms, 'context.purpose == "report"'].join(' || ')} };`

  expect(await fate(text)).toBe('permitted')
})

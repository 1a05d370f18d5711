import { afterAll, expect, test } from 'vitest'
import { makeCedarEngine } from '../../src/adapters/policy/cedar.ts'
import { flawOfPolicyShape } from '../../src/adapters/policy/policy-shape.ts'
import { loadCedar } from '../../src/runtimes/node/cedar.ts'
import { deepTexts, longTexts, policyOf, policyRequest } from '../permission/policy-texts.ts'
import { startWorkerd } from './workerd.ts'

const workerd = await startWorkerd('test/edge/policy.wrangler.toml', {})
afterAll(() => workerd.stop())

test('in workerd Cedar dies once and comes back, and answers as on Node', async () => {
  const deepest = Object.values(deepTexts).map((make) => {
    let n = 1
    while (!flawOfPolicyShape(make(n + 1))) n++
    return make(n)
  })
  const texts = ['permit(principal, action, resource);', ...deepest, ...Object.values(longTexts)]
  const engine = makeCedarEngine(loadCedar)
  const here: string[] = []
  for (const text of texts) {
    const answer = (await engine.compile([policyOf(text)])).evaluate(policyRequest)
    here.push('by' in answer ? `${answer.verdict} by ${answer.by.join(', ')}` : answer.verdict)
  }

  const response = await fetch(workerd.url, {
    method: 'POST',
    body: JSON.stringify({ deadly: deepTexts.parentheses!(1_000), texts }),
  })

  const { fates, ...there } = (await response.json()) as { fates: string[] }
  expect(fates.flatMap((fate, i) => (fate === here[i] ? [] : [texts[i]!.slice(0, 100)]))).toEqual(
    [],
  )
  expect(there).toEqual({
    before: 'permitted by p0 #1',
    death: 'dies',
    after: 'permitted by p0 #1',
    lost: 1,
  })
})

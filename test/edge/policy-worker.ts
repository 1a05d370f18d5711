import { makeCedarEngine } from '../../src/adapters/policy/cedar.ts'
import { loadCedar } from '../../src/runtimes/worker/cedar.ts'
import { policyOf, policyRequest } from '../permission/policy-texts.ts'

/** Puts policies to Cedar in workerd. What is to kill it goes past the bounds of the engine. */
export default {
  async fetch(request: Request): Promise<Response> {
    const { deadly, texts } = (await request.json()) as { deadly: string; texts: string[] }
    const instance = await loadCedar()
    const engine = makeCedarEngine(loadCedar)
    const verdictOf = async (text: string) => {
      const set = await engine.compile([policyOf(text)])
      const answer = set.evaluate(policyRequest)
      return 'by' in answer ? `${answer.verdict} by ${answer.by.join(', ')}` : answer.verdict
    }
    const kill = () => {
      try {
        instance.ask((cedar) =>
          cedar.validate({ schema: {}, policies: { staticPolicies: deadly } }),
        )
        return 'lives'
      } catch {
        return 'dies'
      }
    }
    const before = await verdictOf(texts[0]!)
    const generation = instance.generation()
    const death = kill()
    const after = await verdictOf(texts[0]!)
    const fates: string[] = []
    for (const text of texts) fates.push(await verdictOf(text))
    return Response.json({ before, death, after, lost: instance.generation() - generation, fates })
  },
}

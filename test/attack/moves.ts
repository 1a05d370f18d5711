import type { JsonObject } from '../../src/foundation/json.ts'
import { type Holder, present, signDelegation } from '../../src/sdk/index.ts'
import { type Actors, ask, type WorldAgent } from '../world.ts'

/** What attackers and honest callers have in common. */

export const sleep = (milliseconds: number) =>
  new Promise<void>((resolve) => setTimeout(resolve, milliseconds))

/** The answer, or `no answer` after so long. */
export const within = async <T>(milliseconds: number, answer: Promise<T>) =>
  Promise.race([answer, sleep(milliseconds).then(() => 'no answer' as const)])

/** Asks until the answer is this one, for so long at most. @returns the last answer. */
export async function until<T>(wanted: T, milliseconds: number, look: () => Promise<T>) {
  const end = performance.now() + milliseconds
  for (;;) {
    const found = await look()
    if (found === wanted || performance.now() > end) return found
    await sleep(100)
  }
}

/** Signs a delegation anew, after changes that no honest client makes. */
export function forge(
  holder: Holder,
  good: JsonObject,
  change: (document: any) => void,
): Promise<JsonObject> {
  const { proof: _, ...document } = structuredClone(good) as any
  change(document)
  return signDelegation(holder, document)
}

/** A decision about a presentation, or what went wrong with asking for one. */
export async function tryAsk(...how: Parameters<typeof ask>): Promise<string> {
  try {
    return await ask(...how)
  } catch (error) {
    return (error as Error).message
  }
}

/** The same agent, calling by an API key: signed requests are of the real time, which a clock may leave. */
export const byKey = async (target: Actors, agent: WorldAgent): Promise<WorldAgent> => ({
  ...agent,
  client: (await target.keyFor(`agent:${agent.id}`, 'verifier')).client,
})

/** A presentation that answers a challenge of this verifier. */
export async function presentTo(
  verifier: WorldAgent,
  holder: Holder,
  credentials: readonly JsonObject[],
): Promise<JsonObject> {
  const answer = await verifier.client.challenges.$post({ json: { audience: verifier.did } })
  return present(holder, credentials, (await answer.json()) as never)
}

/** Puts a rule, an entitlement or a policy in force while something is done. */
export async function inForce<T>(
  { raw }: Pick<Actors, 'raw'>,
  path: string,
  body: object,
  work: () => Promise<T>,
): Promise<T> {
  const put = await raw('PUT', path, { body })
  if (put.status !== 200) throw new Error(`${path}: ${put.status} ${JSON.stringify(put.json)}`)
  try {
    return await work()
  } finally {
    await raw('DELETE', path)
  }
}

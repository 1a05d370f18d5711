import { webCompression, webCrypto } from '../src/adapters/crypto/web.ts'
import { makeDidKey } from '../src/did/methods/key.ts'
import { makeResolver } from '../src/did/resolve.ts'
import { makeBudget } from '../src/foundation/budget.ts'
import { fromBase64url } from '../src/foundation/encoding.ts'
import type { JsonObject } from '../src/foundation/json.ts'
import { makeMemory } from '../src/foundation/memory.ts'
import { refuse } from '../src/foundation/refusal.ts'
import { monotonicClock } from '../src/foundation/time.ts'
import { makeForeignMemories } from '../src/operations/verifying/foreign-memories.ts'
import type { JudgeNeeds } from '../src/operations/verifying/judge-credential.ts'
import { verifyCredential } from '../src/operations/verifying/verify-credential.ts'
import { makeNewestLists } from '../src/status/newest-lists.ts'

interface Work {
  readonly what: 'raw' | 'credential' | 'nothing'
  readonly times: number
  readonly credentials: readonly JsonObject[]
  readonly issuer: string
  readonly key: string
  readonly messages: readonly string[]
  readonly signatures: readonly string[]
}

/**
 * Repeats one kind of work many times in one request, because workerd's clock stands still during
 * it; the caller measures.
 */
export default {
  async fetch(request: Request): Promise<Response> {
    const work = (await request.json()) as Work
    const run = work.what === 'raw' ? await raw(work) : credential(work)
    if (work.what !== 'nothing') for (let i = 0; i < work.times; i++) await run(i)
    return new Response('done')
  },
}

async function raw({ key, messages, signatures }: Work) {
  const bytes = (text: string) => fromBase64url(text)! as Uint8Array<ArrayBuffer>
  const imported = await crypto.subtle.importKey('raw', bytes(key), 'Ed25519', false, ['verify'])
  const pairs = messages.map((message, i) => [bytes(signatures[i]!), bytes(message)] as const)
  return async (i: number) => {
    const [signature, message] = pairs[i % pairs.length]!
    if (!(await crypto.subtle.verify('Ed25519', imported, signature, message)))
      throw new Error('a measured signature is bad')
  }
}

function credential({ credentials, issuer }: Work) {
  const needs: Omit<JudgeNeeds, 'budget'> = {
    clock: Date.now,
    crypto: webCrypto,
    compression: webCompression,
    fetch: async () => refuse('did_unreachable'),
    resolveDid: makeResolver({ key: makeDidKey() }),
    isTrusted: (did) => did === issuer,
    ownStatus: (entries) => entries.map(({ purposes }) => ({ issuer, purposes, set: [] })),
    preparedDelegation: () => 'foreign',
    // Nothing is presented, and so nothing is remembered.
    ...makeForeignMemories(
      makeMemory(
        monotonicClock(() => performance.now()),
        1_000_000,
      ),
    ),
    newestLists: makeNewestLists(Date.now),
    settings: { ownDid: 'did:none:none' },
  }
  return async (i: number) => {
    const verdict = await verifyCredential(
      { ...needs, budget: makeBudget() },
      credentials[i % credentials.length]!,
    )
    if (verdict.refusal || verdict.caution) throw new Error('a measured credential is refused')
  }
}

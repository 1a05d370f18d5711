import type { Context } from 'hono'
import { concatBytes, equalBytes, utf8 } from '../foundation/encoding.ts'
import { ServiceError } from '../foundation/errors.ts'
import { replayMemory } from '../foundation/time.ts'
import { carryOut, type Propose } from '../operations/common/carry-out.ts'
import type { StoredAnswer } from '../presentation/capabilities.ts'
import { readBody } from './body.ts'
import type { HttpDeps, HttpEnv } from './context.ts'

const keyForm = /^[\x21-\x7e]{1,255}$/
/**
 * A day plus the possible difference of clocks, so that a fast clock does not run a request twice
 * within the day.
 */
const lifetime = 86_400_000 + replayMemory

/**
 * Carries out a change once for each Idempotency-Key of a caller. The answer is kept in the same
 * commit, and returned again for a repeated request within a day. The same key with another request
 * is a conflict. A refused request keeps nothing.
 *
 * @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
 */
export async function once<A>(
  c: Context<HttpEnv>,
  deps: HttpDeps,
  propose: Propose<A>,
): Promise<A> {
  const key = c.req.header('idempotency-key')
  if (key === undefined) return carryOut(deps, propose)
  if (!keyForm.test(key))
    throw new ServiceError(
      'request_malformed',
      'Idempotency-Key must be 1 to 255 visible characters',
    )
  const { pathname } = new URL(c.req.url)
  const digest = await deps.crypto.sha256(utf8(JSON.stringify([...nameSpaceOf(c, pathname), key])))
  const requestDigest = await deps.crypto.sha256(
    concatBytes(utf8(`${c.req.method} ${pathname}\n`), await readBody(c)),
  )
  const before = await deps.requests.answered(digest, deps.clock())
  if (before) return replay<A>(c, before, requestDigest)
  const keep = (answer: A) => {
    const now = deps.clock()
    const kept = { requestDigest, answer: JSON.stringify(answer) }
    return deps.requests.answer(digest, kept, now, now + lifetime)
  }
  try {
    return await carryOut(deps, propose, keep)
  } catch (error) {
    // The same request may have succeeded concurrently, so that a precondition fails now.
    const answered =
      error instanceof ServiceError && (await deps.requests.answered(digest, deps.clock()))
    if (answered) return replay<A>(c, answered, requestDigest)
    throw error
  }
}

/** Unauthenticated callers share no keys, as far as they call different routes. */
const nameSpaceOf = (c: Context<HttpEnv>, pathname: string): readonly string[] => {
  const caller = c.get('caller')
  return caller ? [caller.actor] : ['anyone', c.req.method, pathname]
}

function replay<A>(c: Context<HttpEnv>, stored: StoredAnswer, requestDigest: Uint8Array): A {
  if (!equalBytes(stored.requestDigest, requestDigest))
    throw new ServiceError(
      'idempotency_key_reused',
      'this Idempotency-Key was used for another request',
    )
  c.header('idempotency-replayed', 'true')
  return JSON.parse(stored.answer) as A
}

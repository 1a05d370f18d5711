import type { ServiceError } from '../../foundation/errors.ts'
import type { MaybePromise } from '../../foundation/maybe-promise.ts'
import type { Change } from './change.ts'

const maxAttempts = 20

/**
 * Proposes a change again, from what is stored by then, each time another change of the same data
 * came first.
 *
 * @param forget drops cached data of this node, which may be outdated.
 */
export async function retryOnConflict<A>(
  propose: () => MaybePromise<Change<A>>,
  forget?: () => void,
  attempts = maxAttempts,
): Promise<Change<A>> {
  const change = await propose()
  const otherwise = (failure: ServiceError) => {
    if (failure.code !== 'write_conflict' || attempts === 1) return change.otherwise?.(failure)
    forget?.()
    return retryOnConflict(propose, forget, attempts - 1)
  }
  return { ...change, otherwise }
}

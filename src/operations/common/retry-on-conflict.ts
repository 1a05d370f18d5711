import type { ServiceError } from '../../foundation/errors.ts'
import type { MaybePromise } from '../../foundation/maybe-promise.ts'
import type { Change } from './change.ts'

const maxAttempts = 20

/**
 * Proposes a change anew, from what is stored by then, as often as another change of the same thing
 * came between.
 *
 * @param forget drops what this node remembers, which may be what was outdated.
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

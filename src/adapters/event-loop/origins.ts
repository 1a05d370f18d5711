import { AsyncLocalStorage } from 'node:async_hooks'
import type { Origin, Origins } from '../../audit/record.ts'

/** Follows a request through everything that it sets off. */
export function makeOrigins(): Origins {
  const storage = new AsyncLocalStorage<Origin>()
  return {
    run: (origin, work) => storage.run(origin, work),
    current: () => storage.getStore(),
  }
}

import { AsyncLocalStorage } from 'node:async_hooks'
import type { Origin, Origins } from '../../audit/record.ts'

/** Tracks a request through all the asynchronous work it causes. */
export function makeOrigins(): Origins {
  const storage = new AsyncLocalStorage<Origin>()
  return {
    run: (origin, work) => storage.run(origin, work),
    current: () => storage.getStore(),
  }
}

import type { MaybePromise } from './maybe-promise.ts'

/** Loads a module when it is first needed. From then on it is there without waiting. */
export function loadOnce<M extends object>(load: () => Promise<M>): () => MaybePromise<M> {
  let loaded: M | undefined
  return () =>
    loaded ??
    load().then((module) => {
      loaded = module
      return module
    })
}

/** A value that is there at once, or later. Waiting for one that is there costs as much as a small hash: hot paths do not. */
export type MaybePromise<T> = T | Promise<T>

/**
 * What follows from a value: at once if it is there, later if it is not. (Not named `then`: a module
 * that exports `then` passes for a promise.)
 */
export function after<T, R>(
  value: MaybePromise<T>,
  next: (value: T) => MaybePromise<R>,
): MaybePromise<R> {
  return value instanceof Promise ? value.then(next) : next(value)
}

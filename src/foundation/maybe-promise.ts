/**
 * A value that is available now or later. Awaiting an available value costs as much as a small
 * hash, so hot paths avoid it.
 */
export type MaybePromise<T> = T | Promise<T>

/**
 * Continues with a value: at once if it is available, later otherwise. (Not named `then`: a module
 * that exports `then` would pass for a promise.)
 */
export function after<T, R>(
  value: MaybePromise<T>,
  next: (value: T) => MaybePromise<R>,
): MaybePromise<R> {
  return value instanceof Promise ? value.then(next) : next(value)
}

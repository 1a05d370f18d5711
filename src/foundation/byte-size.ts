/** Overhead of a value: its header, its hidden class, and its slot in the container. */
const overhead = { object: 56, member: 24, item: 8, text: 24 } as const
/** Lies outside the heap, such as an OpenSSL key, or cannot be inspected, such as a function. */
const opaque = 2_000

/**
 * Estimates the memory of a value and everything it holds, in bytes. Shared parts count once. The
 * estimate errs on the high side.
 *
 * @param limit counting stops once it is exceeded.
 */
export function byteSize(value: unknown, limit = Number.POSITIVE_INFINITY): number {
  // Callers wait for this, so one set serves both as queue and as record of what was counted.
  const seen = new Set<object>()
  let bytes = sizeAlone(value, seen)
  // Iteration of a Set includes items added during it, in insertion order.
  for (const object of seen) {
    if (bytes > limit) break
    bytes += sizeOfHeld(object, seen)
  }
  return bytes
}

/** The size of a value without its contents. Objects are queued for counting. */
function sizeAlone(value: unknown, seen: Set<object>): number {
  if (typeof value === 'string') return overhead.text + 2 * value.length
  if (typeof value === 'function') return opaque
  if (typeof value !== 'object' || value === null) return overhead.item
  const { size } = seen
  seen.add(value)
  return seen.size === size ? 0 : overhead.object
}

/** The size of an object's slots and of the values in them. */
function sizeOfHeld(object: object, seen: Set<object>): number {
  if (ArrayBuffer.isView(object)) return object.byteLength
  let bytes = 0
  if (Array.isArray(object)) {
    for (const item of object) bytes += overhead.item + sizeAlone(item, seen)
  } else if (object instanceof Map) {
    for (const [key, value] of object)
      bytes += 2 * overhead.member + sizeAlone(key, seen) + sizeAlone(value, seen)
  } else if (object instanceof Set) {
    for (const item of object) bytes += 2 * overhead.member + sizeAlone(item, seen)
  } else {
    for (const name in object)
      bytes += overhead.member + sizeAlone((object as Record<string, unknown>)[name], seen)
    if (bytes === 0 && isHandle(object)) return opaque
  }
  return bytes
}

/** Whether an object without visible members may be a handle for memory outside the heap. */
const isHandle = (object: object): boolean =>
  ![Object.prototype, null].includes(Object.getPrototypeOf(object))

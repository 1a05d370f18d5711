/** Beside what a value holds: its header, its hidden class, and its place in whatever holds it. */
const overhead = { object: 56, member: 24, item: 8, text: 24 } as const
/** What lies outside of the heap, such as a key of OpenSSL, or cannot be looked into, such as a function. */
const opaque = 2_000

/**
 * About how many bytes of memory a value takes, with all that it holds; what it holds twice counts
 * once. The estimate is rather too high than too low.
 *
 * @param limit once it is exceeded nothing more is counted.
 */
export function byteSize(value: unknown, limit = Number.POSITIVE_INFINITY): number {
  // Whoever remembers something waits for this: one list serves as what is still to be counted and what was.
  const seen = new Set<object>()
  let bytes = sizeAlone(value, seen)
  // A set is walked in the order of insertion, with what is added on the way.
  for (const object of seen) {
    if (bytes > limit) break
    bytes += sizeOfHeld(object, seen)
  }
  return bytes
}

/** What a value takes without what it holds; an object is put among those to be walked. */
function sizeAlone(value: unknown, seen: Set<object>): number {
  if (typeof value === 'string') return overhead.text + 2 * value.length
  if (typeof value === 'function') return opaque
  if (typeof value !== 'object' || value === null) return overhead.item
  const { size } = seen
  seen.add(value)
  return seen.size === size ? 0 : overhead.object
}

/** What an object's places take, and what is held in them. */
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

/** Whether an object that shows nothing may stand for something bigger elsewhere. */
const isHandle = (object: object): boolean =>
  ![Object.prototype, null].includes(Object.getPrototypeOf(object))

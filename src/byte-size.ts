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
  const seen = new Set<object>()
  const open: unknown[] = [value]
  let bytes = 0
  while (open.length > 0 && bytes <= limit) {
    const next = open.pop()
    if (typeof next === 'string') bytes += overhead.text + 2 * next.length
    else if (typeof next === 'function') bytes += opaque
    else if (typeof next !== 'object' || next === null) bytes += overhead.item
    else if (!seen.has(next)) {
      seen.add(next)
      bytes += overhead.object + hold(next, open)
    }
  }
  return bytes
}

/** Puts what an object holds with what is to be counted, and returns what its places for that take. */
function hold(value: object, open: unknown[]): number {
  if (ArrayBuffer.isView(value)) return value.byteLength
  if (Array.isArray(value)) {
    for (const item of value) open.push(item)
    return overhead.item * value.length
  }
  if (value instanceof Map || value instanceof Set) {
    for (const entry of value) open.push(...(value instanceof Map ? (entry as unknown[]) : [entry]))
    return 2 * overhead.member * value.size
  }
  const members = Object.values(value)
  for (const member of members) open.push(member)
  return isHandle(value, members.length) ? opaque : overhead.member * members.length
}

/** Whether an object that shows nothing may stand for something bigger elsewhere. */
const isHandle = (value: object, members: number): boolean =>
  members === 0 && ![Object.prototype, null].includes(Object.getPrototypeOf(value))

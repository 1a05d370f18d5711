import { isArray, isObject, type JsonValue } from '../foundation/json.ts'

/** RFC 6901. The empty pointer, which refers to the whole document, is not used. */
export function readPointer(pointer: string): readonly string[] | undefined {
  if (!pointer.startsWith('/') || /~(?![01])/.test(pointer)) return undefined
  return pointer
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** Undefined if it finds nothing. */
export function valueAt(value: JsonValue, path: readonly string[]): JsonValue | undefined {
  let at: JsonValue | undefined = value
  for (const part of path) {
    if (isArray(at)) at = /^(?:0|[1-9]\d*)$/.test(part) ? at[Number(part)] : undefined
    else at = isObject(at) && Object.hasOwn(at, part) ? at[part] : undefined
    if (at === undefined) return undefined
  }
  return at
}

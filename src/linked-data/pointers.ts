import { type Refusal, refuse } from '../foundation/refusal.ts'

/** JSON pointers (RFC 6901) that select parts of a document. */
export const maxPointers = 128
/** In characters. */
export const maxPointerLength = 512
export const pointerPattern = /^(?:\/(?:[^~/]|~[01])*)*$/

/** Whether a list of pointers is not one that this software works through. Each costs a copy. */
export function flawOfPointers(pointers: readonly string[]): Refusal | undefined {
  if (pointers.length > maxPointers)
    return refuse('too_large', `at most ${maxPointers} pointers are accepted`)
  if (pointers.some((pointer) => pointer.length > maxPointerLength))
    return refuse('too_large', `a pointer is limited to ${maxPointerLength} characters`)
  if (new Set(pointers).size < pointers.length)
    return refuse('value_malformed', 'the same pointer is given twice')
  return pointers.every((pointer) => pointerPattern.test(pointer))
    ? undefined
    : refuse('value_malformed', 'a JSON pointer is empty or begins with /')
}

import type { JsonValue } from '../foundation/json.ts'

const url = /^[A-Za-z][A-Za-z0-9+.-]*:\S+$/

/** Whether a value is a single URL, as the VC Data Model requires for names. */
export const isUrl = (value: JsonValue | undefined): value is string =>
  typeof value === 'string' && url.test(value)

import type { JsonValue } from '../foundation/json.ts'

const url = /^[A-Za-z][A-Za-z0-9+.-]*:\S+$/

/** Whether a value is one URL, as the VC Data Model asks for where it names things. */
export const isUrl = (value: JsonValue | undefined): value is string =>
  typeof value === 'string' && url.test(value)

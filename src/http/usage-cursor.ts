import { z } from 'zod'
import { fromBase64url, fromUtf8, toBase64url, utf8 } from '../foundation/encoding.ts'
import type { UsageKey } from '../governance/usage.ts'
import { grantTypeNames } from './grant-schemas.ts'

const key = z.tuple([z.enum(grantTypeNames), z.string(), z.string()])

/** Opaque to clients: names the last record of a page of an agent's use. */
export const usageCursor = z
  .string()
  .max(16_000)
  .refine((text) => read(text) !== undefined, 'must be `next` of the previous page')

export const writeUsageCursor = ({ type, action, location }: UsageKey): string =>
  toBase64url(utf8(JSON.stringify([type, action, location])))

export function readUsageCursor(cursor: string): UsageKey {
  const [type, action, location] = read(cursor)!
  return { type, action, location: location as UsageKey['location'] }
}

function read(cursor: string): z.output<typeof key> | undefined {
  const bytes = fromBase64url(cursor)
  try {
    return bytes && key.safeParse(JSON.parse(fromUtf8(bytes))).data
  } catch {
    return undefined
  }
}

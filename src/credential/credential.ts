import type { JsonObject, JsonValue } from '../foundation/json.ts'
import type { Milliseconds } from '../foundation/time.ts'

/** A VCDM 2.0 credential whose shape was checked. Nothing is said yet about who signed it. */
export interface ParsedCredential {
  /** The credential as it is secured: without `proof`. */
  readonly document: JsonObject
  readonly id: string | undefined
  readonly types: readonly string[]
  /** A URL; for all that we accept beyond the W3C endpoints, a DID. */
  readonly issuer: string
  readonly subjects: readonly JsonObject[]
  readonly validFrom: Milliseconds | undefined
  readonly validUntil: Milliseconds | undefined
  readonly status: readonly JsonObject[]
  /** The `status` claim of a token of the IETF's, which names a Token Status List. */
  readonly tokenStatus?: JsonValue
}

declare const authenticated: unique symbol
declare const accepted: unique symbol

/** Truly signed by whom it names. Says nothing about trust, time or status. */
export type Authentic<T> = T & { readonly [authenticated]: true }

/** Authentic, from a trusted issuer, in its time, neither revoked nor suspended: may be relied on now. */
export type Accepted<T> = Authentic<T> & { readonly [accepted]: true }

export const taskPermissionType = 'TaskPermissionCredential'

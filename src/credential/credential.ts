import type { JsonObject, JsonValue } from '../foundation/json.ts'
import type { Milliseconds } from '../foundation/time.ts'

/** A VCDM 2.0 credential of checked form. Nothing is known yet about its signature. */
export interface ParsedCredential {
  /**
   * The credential without its securing: with the signed contexts, and no others. Of an authentic
   * SD-JWT, with the disclosures in place.
   */
  readonly document: JsonObject
  readonly id: string | undefined
  readonly types: readonly string[]
  /** A URL; for everything accepted beyond the W3C endpoints, a DID. */
  readonly issuer: string
  readonly subjects: readonly JsonObject[]
  readonly validFrom: Milliseconds | undefined
  readonly validUntil: Milliseconds | undefined
  readonly status: readonly JsonObject[]
  /** The `status` claim of an IETF token, which names a Token Status List. */
  readonly tokenStatus?: JsonValue
}

declare const authenticated: unique symbol
declare const accepted: unique symbol

/** Signed by the party it names. Says nothing about trust, time or status. */
export type Authentic<T> = T & { readonly [authenticated]: true }

/**
 * Authentic, from a trusted issuer, within its time, neither revoked nor suspended: may be relied
 * on now.
 */
export type Accepted<T> = Authentic<T> & { readonly [accepted]: true }

export const taskPermissionType = 'TaskPermissionCredential'

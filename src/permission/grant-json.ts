import type { JsonValue } from '../foundation/json.ts'
import type { GrantTypeName } from './grant-type.ts'

/**
 * Grants, constraints and terms of delegation as they are written in requests and credentials. A
 * parsed grant is another type: see permission.ts. They are aliases, since an interface is not
 * assignable to JSON.
 *
 * @see docs/permission-model.md, 1 and 2
 */

/** Permits actions on resources. An act needs one grant that covers it. */
export type GrantJson = {
  /** Names the grant within its permission. */
  readonly id: string
  /** In a delegated permission, the id of the parent's grant that this one narrows. */
  readonly from?: string
  readonly type: GrantTypeName
  /** What it is about, and everything below: https URLs, or `db://host/schema/table`. */
  readonly locations: readonly string[]
  /** For `http-api` verbs such as `get`; for `database` read, insert, update, delete, ddl. */
  readonly actions: readonly string[]
  /** Types of data that it is limited to. Absent: it is not limited. */
  readonly datatypes?: readonly string[]
  /** All must hold. At most one of each type. */
  readonly constraints?: readonly ConstraintJson[]
}

type Weekday = 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun'
type Operator = '==' | 'in' | '<' | '<=' | '>' | '>=' | 'startsWith'

/** A condition that a grant puts on each act. */
export type ConstraintJson =
  | {
      readonly type: 'time'
      readonly days: readonly Weekday[]
      /** The first moment, as 08:00. */
      readonly from: string
      /** The first moment after it, as 18:00; 24:00 is the end of the day. */
      readonly to: string
      /** A name of the time zone database, as Europe/Zurich. */
      readonly tz: string
    }
  | {
      readonly type: 'uses'
      readonly max: number
      /** The URL of the service's meters, which count. */
      readonly authority: string
    }
  | {
      readonly type: 'volume'
      /** At least one of the two limits is given. */
      readonly maxBytes?: number
      readonly maxRecords?: number
      /** The URL of the service's meters, which count. */
      readonly authority: string
    }
  /** The request comes from one of these address blocks, as 10.0.0.0/8. */
  | { readonly type: 'network'; readonly sourceCidr: readonly string[] }
  /** The verifier observed one of these regions. */
  | { readonly type: 'location'; readonly regions: readonly string[] }
  /** The verifier observed one of these environments. */
  | { readonly type: 'environment'; readonly in: readonly string[] }
  /** Arguments of the act meet all of these conditions: operator, JSON Pointer, bound. */
  | { readonly type: 'args'; readonly where: readonly (readonly [Operator, string, JsonValue])[] }
  /** The verifier observed at most this risk, 0 to 100. */
  | { readonly type: 'risk'; readonly max: number }

/** What the holder of a permission may delegate, and to whom. */
export type DelegationTermsJson = {
  /** How many further delegations may follow, 0 to 8. */
  readonly remainingDepth: number
  /** DIDs, and patterns `did:web:*.host`. Absent: anyone. */
  readonly allowedSubjects?: readonly string[]
  /** Actions that the holder keeps, by the id of their grant. */
  readonly nonDelegable?: readonly { readonly grant: string; readonly actions: readonly string[] }[]
}

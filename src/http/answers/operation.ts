import type { z } from 'zod'

/** Schemas by media type; null: there is no body. */
export type Content = z.ZodType | Readonly<Record<string, z.ZodType>> | null

/** An answer that is neither the usual one nor a problem. */
export interface OtherAnswer {
  readonly description: string
  readonly answer: Content
}

/** What a client generator needs to know about a route, in addition to what route() is given. */
export interface Operation {
  /** Name of the generated method: a verb and a noun. It never changes. */
  readonly id: string
  /** Schema of the successful answer. A schema alone is that of application/json. */
  readonly answer: Content
  /** Further answers by status. */
  readonly also?: Readonly<Record<number, OtherAnswer>>
  /** Documents the request's body where the route checks less than it says, as in SCIM. */
  readonly body?: Content
  /** Statuses of problems that follow from nothing else. */
  readonly problems?: readonly number[]
  /** Statuses of problems that would follow from the route's form and cannot happen. */
  readonly never?: readonly number[]
}

/** The operations of one tag. */
export type Operations = Readonly<Record<string, Operation>>

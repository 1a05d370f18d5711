import type { ExtractSchema } from 'hono/types'
import type { z } from 'zod'
import type { RouteKey } from '../access.ts'
import type { App } from '../app.ts'
import type { OperationTable } from './table.ts'

/**
 * Types alone: the compiler holds what every handler answers against the schema that its row
 * declares. An error here names the routes that do not fit.
 */

export type Routes = ExtractSchema<App>

/** What hono infers of a handler that answers with c.json; never for other media types. */
type AnswerOf<K extends RouteKey> = K extends `${infer Method} ${infer Path}`
  ? Path extends keyof Routes
    ? `$${Lowercase<Method>}` extends keyof Routes[Path]
      ? Routes[Path][`$${Lowercase<Method>}` & keyof Routes[Path]] extends infer Endpoint
        ? Endpoint extends { output: infer O; outputFormat: 'json' }
          ? O
          : never
        : never
      : never
    : never
  : never

type Frozen<T> = T extends string | number | boolean
  ? T
  : T extends readonly (infer I)[]
    ? T extends readonly [infer A, infer B]
      ? readonly [Frozen<A>, Frozen<B>]
      : readonly Frozen<I>[]
    : T extends object
      ? { readonly [K in keyof T]: Frozen<T[K]> }
      : T

type OutputOf<A> = A extends z.ZodType ? Frozen<z.output<A>> : never
/** What a route answers on success, by its declared schema. */
export type Declared<K extends RouteKey> = K extends keyof OperationTable
  ? OperationTable[K] extends { answer: infer A; also: infer Others }
    ? OutputOf<A> | (Others[keyof Others] extends { answer: infer B } ? OutputOf<B> : never)
    : OperationTable[K] extends { answer: infer A }
      ? OutputOf<A>
      : never
  : never

/** Known members: an answer that is JSON in the code too may have any. */
type MembersOf<T> = T extends object ? (string extends keyof T ? never : keyof T) : never

/** Routes whose handler answers something else than their schema, or more than that. */
type Misfits = {
  [K in RouteKey]: [AnswerOf<K>] extends [Declared<K>]
    ? Exclude<MembersOf<AnswerOf<K>>, MembersOf<Declared<K>>> extends never
      ? never
      : K
    : K
}[RouteKey]

type None<T extends never> = T
export type EveryAnswerFits = None<Misfits>
/** Routes without a row. */
export type EveryRouteHasARow = None<Exclude<RouteKey, keyof OperationTable>>

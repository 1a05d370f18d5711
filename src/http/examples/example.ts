import type { JsonValue } from '../../foundation/json.ts'
import type { RouteKey } from '../access.ts'

/** A body and its answer. A test checks both by the schemas of the route. */
export interface Example {
  readonly body?: JsonValue
  readonly answer?: JsonValue
}

export type Examples = Readonly<Partial<Record<RouteKey, Example>>>

import type { Hono } from 'hono'
import type { hc } from 'hono/client'
import type { JsonObject, JsonValue } from '../foundation/json.ts'
import type { RouteKey } from '../http/access.ts'
import type { Declared, Routes } from '../http/answers/types.ts'

/** The route of a path and a method of the client, as `POST /agents`. */
type KeyOf<Path, Method> = Path extends string
  ? Method extends `$${infer Name}`
    ? `${Uppercase<Name>} ${Path}` & RouteKey
    : never
  : never

type IsSame<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

type Primitive = string | number | boolean | null | undefined

/** A declared answer, where documents that others define are JSON. */
type Answer<T> = unknown extends T ? JsonValue : T extends Primitive ? T : AnswerObject<T>
type AnswerObject<T> =
  IsSame<T, object> extends true
    ? JsonObject
    : T extends readonly (infer Item)[]
      ? readonly Answer<Item>[]
      : { readonly [Member in keyof T]: Answer<T[Member]> }

/** What is sent may be constant: nothing changes it. */
type Sent<T> = unknown extends T
  ? T
  : T extends Primitive
    ? T
    : T extends readonly (infer Item)[]
      ? readonly Sent<Item>[]
      : { [Member in keyof T]: Sent<T[Member]> }

type Retyped<Endpoint, Key extends RouteKey> = Endpoint extends {
  readonly input: infer Input
  readonly outputFormat: 'json'
}
  ? Omit<Endpoint, 'input' | 'output'> & { input: Sent<Input>; output: Answer<Declared<Key>> }
  : Endpoint

/** The service's routes, with the answers that its interface declares. */
export type Schema = {
  [Path in keyof Routes]: {
    [Method in keyof Routes[Path]]: Retyped<Routes[Path][Method], KeyOf<Path, Method>>
  }
}

/** One method for each route of the service. */
export type Client = ReturnType<typeof hc<Hono<object, Schema, '/'>>>

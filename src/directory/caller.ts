import type { Actor } from '../audit/event.ts'
import type { Did } from '../did/syntax.ts'
import type { Id } from '../foundation/id.ts'
import type { Scope } from './api-key.ts'

/** What a caller may be to a route: a scope of its API key, or an agent that signs with its DID key. */
export type Role = Scope | 'agent'

/** Somebody who was authenticated. */
export interface Caller {
  readonly actor: Actor
  readonly roles: readonly Role[]
  /** The person behind the call, whose agents an `owner` may act on. */
  readonly person: Id | undefined
  /** The agent itself, whether it signed the request or its API key was used. */
  readonly agent: Id | undefined
  /** DIDs in whose name the caller may ask for challenges and decisions. */
  readonly audiences: readonly Did[]
  /** `api-key:` and its id, or the verification method that signed. */
  readonly authority: string | null
}

export const hasRole = ({ roles }: Caller, ...any: readonly Role[]): boolean =>
  any.some((role) => roles.includes(role))

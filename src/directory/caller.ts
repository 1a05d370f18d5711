import type { Actor } from '../audit/event.ts'
import type { Did } from '../did/syntax.ts'
import type { Id } from '../foundation/id.ts'
import type { Scope } from './api-key.ts'

/**
 * What a caller may be to a route: a scope of its API key, or an agent that signs with its DID key.
 */
export type Role = Scope | 'agent'

/** An authenticated caller. */
export interface Caller {
  readonly actor: Actor
  readonly roles: readonly Role[]
  /** The person behind the call. An `owner` acts on this person's agents. */
  readonly person: Id | undefined
  /** The agent, whether it signed the request or used its API key. */
  readonly agent: Id | undefined
  /** DIDs in whose name the caller may ask for challenges and decisions. */
  readonly audiences: readonly Did[]
  /** `api-key:` and its id, or the verification method that signed. */
  readonly authority: string | null
}

/** Whether the caller presented an API key. Agents may sign instead. */
export const isByApiKey = ({ authority }: Caller): boolean =>
  authority?.startsWith('api-key:') ?? false

export const hasRole = ({ roles }: Caller, ...any: readonly Role[]): boolean =>
  any.some((role) => roles.includes(role))

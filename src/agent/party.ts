import type { Write } from '../database.ts'
import type { Did } from '../did/syntax.ts'
import type { Id } from '../id.ts'
import type { PageRequest } from '../page.ts'
import type { Milliseconds } from '../time.ts'

/** Somebody who answers for agents, or works with this service. */
export interface Person {
  readonly id: Id
  readonly name: string
  readonly email: string | null
  readonly createdAt: Milliseconds
}

/** Software that calls this service with an API key. */
export interface System {
  readonly id: Id
  readonly name: string
  /** Audience DIDs for which it may ask for challenges and decisions. */
  readonly audiences: readonly Did[]
  readonly createdAt: Milliseconds
}

export interface PersonStore {
  find(id: Id): Promise<Person | undefined>
  list(page: PageRequest): Promise<readonly Person[]>
  add(person: Person): Write
}

export interface SystemStore {
  find(id: Id): Promise<System | undefined>
  list(page: PageRequest): Promise<readonly System[]>
  add(system: System): Write
}

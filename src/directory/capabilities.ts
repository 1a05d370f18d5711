import type { AgentStore } from './agent.ts'
import type { ApiKeyStore } from './api-key.ts'
import type { HandOverStore } from './hand-over.ts'
import type { PersonStore, SystemStore } from './party.ts'
import type { TaskStore } from './task.ts'

/** Agents, people, systems, their keys and tasks. */
export interface DirectoryCapabilities {
  readonly people: PersonStore
  readonly systems: SystemStore
  readonly apiKeys: ApiKeyStore
  readonly agents: AgentStore
  readonly handOvers: HandOverStore
  readonly tasks: TaskStore
}

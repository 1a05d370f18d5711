export const agentStates = ['pending', 'active', 'suspended', 'retired'] as const
export type AgentState = (typeof agentStates)[number]

/** The agent lifecycle: from which states each step may be taken, and where it leads. */
export const lifecycle = {
  activate: { from: ['pending'], to: 'active' },
  /**
   * Another owner has accepted the agent. It waits until they prove a key that the old owner never
   * held.
   */
  rekey: { from: ['pending', 'active', 'suspended'], to: 'pending' },
  suspend: { from: ['active'], to: 'suspended' },
  resume: { from: ['suspended'], to: 'active' },
  retire: { from: ['pending', 'active', 'suspended'], to: 'retired' },
} as const satisfies Record<
  string,
  { readonly from: readonly AgentState[]; readonly to: AgentState }
>

export type LifecycleStep = keyof typeof lifecycle

/** For whom somebody suspends or resumes an agent. A deputy stands in for the owner. */
export type Capacity = 'owner' | 'directory' | 'administrator'

/**
 * What suspends an agent, from the weakest to the strongest, and who may lift it. A stronger cause
 * replaces a weaker one; a weaker one adds nothing.
 */
export const suspensionCauses = {
  /** It was not used for long. */
  disuse: ['owner', 'administrator'],
  /** Its owner has left: it needs another owner first. */
  'owner-left': ['owner', 'directory', 'administrator'],
  owner: ['owner', 'administrator'],
  directory: ['directory', 'administrator'],
  /** Nobody decided in time, in a review, what it may keep. */
  review: ['administrator'],
  administrator: ['administrator'],
} as const satisfies Record<string, readonly Capacity[]>

export type SuspensionCause = keyof typeof suspensionCauses
export const suspensionCauseNames = Object.keys(suspensionCauses) as SuspensionCause[]

/** Whether the second cause replaces the first; null is unknown. */
export const isWeaker = (one: SuspensionCause | null, than: SuspensionCause): boolean =>
  suspensionCauseNames.indexOf(one ?? 'administrator') < suspensionCauseNames.indexOf(than)

/** @param cause null if it is unknown. */
export const mayLift = (cause: SuspensionCause | null, capacity: Capacity): boolean =>
  (suspensionCauses[cause ?? 'administrator'] as readonly Capacity[]).includes(capacity)

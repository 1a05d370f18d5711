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

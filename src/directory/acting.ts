/**
 * Whether a person or an agent may act now: a person who has not left, an active agent. Every check of
 * a caller, an approver, an owner or a deputy asks this; storage asks the same in `findOfActing` and
 * `mustAct` of ApiKeyStore.
 */
export const isActing = <P extends { readonly state: string }>(
  party: P | null | undefined,
): party is P => party?.state === 'active'

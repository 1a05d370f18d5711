import type { ListedCredential } from '../credential/credential-store.ts'
import type { Issuer } from '../credential/issuer.ts'
import type { Agent } from '../directory/agent.ts'
import type { TaskRecord } from '../directory/task.ts'
import type { Id } from '../foundation/id.ts'
import type { PageRequest } from '../foundation/page.ts'
import { formatTime, type Milliseconds } from '../foundation/time.ts'
import type { OfferedAgent } from '../operations/administering/offer-reassignment.ts'
import { type Page, readPage } from './read-page.ts'

/** Times leave as RFC 3339 text; internally they are milliseconds. */
type Shown<T> = {
  [K in keyof T]: K extends TimeMember ? (null extends T[K] ? string | null : string) : T[K]
}
const timeMembers = [
  'createdAt',
  'endsAt',
  'endedAt',
  'expiresAt',
  'revokedAt',
  'validFrom',
  'validUntil',
  'since',
  'stageEndsAt',
  'decidedAt',
  'reviewedAt',
  'delegateUntil',
  'closedAt',
  'dueAt',
  'lastActiveAt',
  'dormantSince',
  'lastUsedAt',
  'proposedAt',
  'at',
] as const
type TimeMember = (typeof timeMembers)[number]

export function show<T extends object>(record: T): Shown<T> {
  const shown = { ...record } as Record<string, unknown>
  for (const member of timeMembers)
    if (typeof shown[member] === 'number') shown[member] = formatTime(shown[member] as Milliseconds)
  return shown as Shown<T>
}

export const showAgent = (agent: Agent) => show(agent)
/** With the pending offer. */
export const showOfferedAgent = ({ handOver, ...agent }: OfferedAgent) => ({
  ...show(agent),
  handOver: handOver && show(handOver),
})
export const showTask = (task: TaskRecord) => show(task)
export const showIssuer = (issuer: Issuer) => show(issuer)

/** A credential in a list, without its secured form. */
export function showCredential({
  secured: _,
  forms: _forms,
  slot: _slot,
  ...credential
}: ListedCredential) {
  return show(credential)
}

/** A page of a list in the order of ids. */
export const showPage = <T extends { readonly id: Id }, S>(
  request: PageRequest,
  read: (part: PageRequest) => Promise<readonly T[]>,
  shown: (item: T) => S,
): Promise<Page<S, Id>> => readPage(request, read, shown, ({ id }) => id)

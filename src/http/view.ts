import type { ListedCredential } from '../credential/credential-store.ts'
import type { Issuer } from '../credential/issuer.ts'
import type { Agent } from '../directory/agent.ts'
import type { TaskRecord } from '../directory/task.ts'
import type { Id } from '../foundation/id.ts'
import { formatTime, type Milliseconds } from '../foundation/time.ts'
import type { OfferedAgent } from '../operations/administering/offer-reassignment.ts'

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

/** A page ends after this many characters of JSON, and at least one item. */
const pageCharacters = 1_000_000

/** The first items that a page has room for. */
export function fitting<S>(items: readonly S[]): readonly S[] {
  let room = pageCharacters
  const end = items.findIndex((item, i) => {
    room -= JSON.stringify(item).length
    return room < 0 && i > 0
  })
  return end === -1 ? items : items.slice(0, end)
}

/** A page, with the cursor of the next one if there may be one. */
export function showPage<T extends { readonly id: Id }, S>(
  items: readonly T[],
  limit: number,
  shown: (item: T) => S,
) {
  const page = fitting(items.map(shown))
  const isWhole = page.length === items.length
  const mayGoOn = !isWhole || items.length === limit
  return { items: page as S[], next: mayGoOn ? items[page.length - 1]!.id : null }
}

import type { EventFacts } from '../../audit/event.ts'
import type { Deps } from '../../deps.ts'
import { isDid } from '../../did/syntax.ts'
import { ConstraintViolation, type Write } from '../../foundation/database.ts'
import type { Id } from '../../foundation/id.ts'
import type { UsageRecord } from '../../governance/usage.ts'
import { grantTypes, isGrantType } from '../../permission/grant-type.ts'

/** Folding is no change that the log tells of, so it commits without an event. */
type Needs = Pick<Deps, 'audit' | 'agents' | 'usage'> & {
  readonly commitUnrecorded: (writes: readonly Write[]) => Promise<unknown>
}

interface ToldDecision {
  readonly at: string
  readonly actor: string
  readonly facts: EventFacts['decision.made']
}

const batch = 1_000

/**
 * Folds what was allowed, as the log tells it, into what agents used.
 *
 * @returns how many decisions were folded in; none if somebody else was quicker.
 */
export async function foldUsage(needs: Needs): Promise<number> {
  const from = await needs.usage.position()
  const events = await needs.audit.list({ type: 'decision.made' }, from, batch)
  const last = events.at(-1)
  if (!last) return 0
  const records = new Map<string, UsageRecord>()
  const active = new Map<Id, number>()
  const wasActive = (id: Id, at: number) => active.set(id, Math.max(at, active.get(id) ?? 0))
  for (const { content } of events) {
    if (!content) continue
    const told = JSON.parse(content.body) as ToldDecision
    // An agent that asks whether others may do something is in use as well.
    const [kind, id] = told.actor.split(':')
    if (kind === 'agent') wasActive(id as Id, Date.parse(told.at))
    const record = await usageIn(needs, told)
    if (!record) continue
    const key = [record.agentId, record.type, record.action, record.location].join(' ')
    const known = records.get(key)
    const lastUsedAt = Math.max(record.lastUsedAt, known?.lastUsedAt ?? 0)
    records.set(key, { ...record, count: (known?.count ?? 0) + 1, lastUsedAt })
    wasActive(record.agentId, lastUsedAt)
  }
  try {
    await needs.commitUnrecorded([
      ...needs.usage.advance(from, last.sequence + 1),
      ...[...records.values()].map(needs.usage.add),
      ...[...active].map(([id, at]) => needs.agents.wasActive(id, at)),
    ])
  } catch (error) {
    if (error instanceof ConstraintViolation) return 0
    throw error
  }
  return events.length
}

/** What one decision tells of use; nothing, if it was a no or is of an agent of elsewhere. */
async function usageIn(
  { agents }: Needs,
  { at, facts }: ToldDecision,
): Promise<UsageRecord | undefined> {
  const type = facts.asked?.grantType
  if (facts.decision !== 'allow' || !isDid(facts.holder) || !isGrantType(type)) return undefined
  const agent = await agents.findByDid(facts.holder)
  const location = grantTypes[type].normalize(facts.resource)
  if (!agent || location === undefined) return undefined
  const { action } = facts
  return { agentId: agent.id, type, action, location, count: 1, lastUsedAt: Date.parse(at) }
}

import type { Deps } from '../../deps.ts'
import { isDid } from '../../did/syntax.ts'
import type { Write } from '../../foundation/database.ts'
import type { Id } from '../../foundation/id.ts'
import type { UsageRecord } from '../../governance/usage.ts'
import { grantTypes, isGrantType } from '../../permission/grant-type.ts'
import { type FeedNeeds, feed, type LoggedEvent, type Subscriber } from './feed.ts'

type Needs = FeedNeeds & Pick<Deps, 'agents' | 'usage'>

/** Folds allowed decisions into the record of what each agent uses. */
export const usageSubscriber: Subscriber<'decision.made', Needs> = {
  name: 'usage',
  type: 'decision.made',
  async take(needs, decisions): Promise<readonly Write[]> {
    const records = new Map<string, UsageRecord>()
    const active = new Map<Id, number>()
    const wasActive = (id: Id, at: number) => active.set(id, Math.max(at, active.get(id) ?? 0))
    for (const decision of decisions) {
      // An agent that asks for decisions on others is in use as well.
      const [kind, id] = decision.actor.split(':')
      if (kind === 'agent') wasActive(id as Id, decision.at)
      const record = await usageIn(needs, decision)
      if (!record) continue
      const key = [record.agentId, record.type, record.action, record.location].join(' ')
      const known = records.get(key)
      const lastUsedAt = Math.max(record.lastUsedAt, known?.lastUsedAt ?? 0)
      records.set(key, { ...record, count: (known?.count ?? 0) + 1, lastUsedAt })
      wasActive(record.agentId, lastUsedAt)
    }
    return [
      ...[...records.values()].map(needs.usage.add),
      ...[...active].map(([id, at]) => needs.agents.wasActive(id, at)),
    ]
  },
}

/** @returns how many decisions were folded in. */
export const foldUsage = (needs: Needs): Promise<number> => feed(needs, usageSubscriber)

/** The use that a decision records; undefined for a denial, or for an agent of another service. */
async function usageIn(
  { agents }: Needs,
  { at, facts }: LoggedEvent<'decision.made'>,
): Promise<UsageRecord | undefined> {
  const type = facts.asked?.grantType
  if (facts.decision !== 'allow' || !isDid(facts.holder) || !isGrantType(type)) return undefined
  const agent = await agents.findByDid(facts.holder)
  const location = grantTypes[type].normalize(facts.resource)
  if (!agent || location === undefined) return undefined
  return { agentId: agent.id, type, action: facts.action, location, count: 1, lastUsedAt: at }
}

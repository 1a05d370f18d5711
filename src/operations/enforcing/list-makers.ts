import type { Deps } from '../../deps.ts'
import { type Caller, isByApiKey } from '../../directory/caller.ts'
import { closenessLasts } from '../../directory/hand-over.ts'
import { humanOf, type Person } from '../../directory/party.ts'
import { ServiceError } from '../../foundation/errors.ts'
import { type Id, isId } from '../../foundation/id.ts'

export type MakerNeeds = Pick<Deps, 'people' | 'apiKeys' | 'agents' | 'clock'>

/** What a maker did, as it follows the words for who did it. */
export type Making = `${'created' | 'made' | 'may'} ${string}`

const byRecord: Making = "created this person's record"
const byKey: Making = "made this person's API key, and can act with it"
const byOthers: Making = "may act as whoever made this person's record or API key"

/** Makers that are followed. Whoever hides among more of them is not found, so nobody judges then. */
const mostMakers = 200

/**
 * Everyone who may act as a person, as an actor, with what they did: who created one of the
 * person's records, who made a live key of one, and who may act as those who did so.
 *
 * @throws ServiceError `approval_not_allowed` if they are too many to be looked through.
 */
export async function listMakers(
  needs: MakerNeeds,
  person: Person,
): Promise<ReadonlyMap<string, Making>> {
  const records = await needs.people.recordsOf(humanOf(person))
  const ids = records.map(({ id }) => id)
  const makers = new Map<string, Making>()
  for (const maker of await needs.apiKeys.liveMakers(ids, needs.clock())) makers.set(maker, byKey)
  for (const { createdBy } of records) if (createdBy) makers.set(createdBy, byRecord)
  // Iteration of a Map includes entries added during it.
  for (const maker of makers.keys()) {
    if (makers.size > mostMakers)
      throw new ServiceError(
        'approval_not_allowed',
        'too many people and systems may act as this person',
      )
    for (const one of await behind(needs, maker)) if (!makers.has(one)) makers.set(one, byOthers)
  }
  return makers
}

/** Who may act as an actor, or could when the actor did something that still stands. */
async function behind(needs: MakerNeeds, actor: string): Promise<readonly string[]> {
  const [kind, id] = actor.split(':')
  if (!isId(id)) return []
  if (kind !== 'person') return behindKeys(needs, kind, id)
  const person = await needs.people.find(id)
  const records = person ? await needs.people.recordsOf(humanOf(person)) : []
  const makers = await Promise.all(records.map((record) => needs.apiKeys.makersOf(record.id)))
  return [...records.flatMap(({ createdBy }) => createdBy ?? []), ...makers.flat()]
}

async function behindKeys(
  needs: MakerNeeds,
  kind: string | undefined,
  id: Id,
): Promise<readonly string[]> {
  const makers = await needs.apiKeys.makersOf(id)
  if (kind !== 'agent') return makers
  const answering = await needs.agents.answering(id, needs.clock() - closenessLasts)
  return [...makers, ...answering.map(({ person }) => `person:${person}`)]
}

/**
 * The people who are at a call of a system or an agent with an API key: those who made its keys, and
 * who may act as those. None if a person calls, or an agent that signs.
 */
export async function listPeopleAtCall(
  needs: Pick<Deps, 'apiKeys'>,
  caller: Caller,
): Promise<readonly Id[]> {
  if (caller.person !== undefined || !isByApiKey(caller)) return []
  const makers = new Set([caller.actor as string])
  for (const maker of makers) {
    const [kind, id] = maker.split(':')
    if (kind === 'person' || !isId(id) || makers.size > mostMakers) continue
    for (const one of await needs.apiKeys.makersOf(id)) makers.add(one)
  }
  return [...makers].flatMap((maker) => {
    const [kind, id] = maker.split(':')
    return kind === 'person' && isId(id) ? [id] : []
  })
}

import type { Deps } from '../../deps.ts'
import type { Agent } from '../../directory/agent.ts'
import { type Answering, closenessLasts } from '../../directory/hand-over.ts'
import type { Id } from '../../foundation/id.ts'
import type { Milliseconds } from '../../foundation/time.ts'
import type { Concerned } from './check-independence.ts'

/** A person too close to an agent to judge its requests. */
export interface CloseToAgent extends Concerned {
  readonly person: Id
  readonly since: Milliseconds
  /** Whether they answer for it now. */
  readonly isCurrent: boolean
}

/**
 * The people answerable for an agent, and those who were, or registered it, within
 * `closenessLasts`: a hand-over does not make anyone independent. Current ones come first.
 */
export async function listClosePeople(
  { agents, people, clock }: Pick<Deps, 'agents' | 'people' | 'clock'>,
  { id, owner }: Pick<Agent, 'id' | 'owner'>,
): Promise<readonly CloseToAgent[]> {
  const found = await agents.answering(id, clock() - closenessLasts)
  const close = found.map((one) => ({
    person: one.person,
    who: nameOf(one),
    isAlone: one.capacity === 'registrar',
    since: one.since,
    isCurrent: one.until === null,
  }))
  const behind = (await people.behind({ id, owner }, clock())).map((person) => ({
    person: person.id,
    who: "a person who has had the agent's key",
    since: 0,
    isCurrent: false,
  }))
  return [
    ...close.filter(({ isCurrent }) => isCurrent),
    ...close.filter((one) => !one.isCurrent),
    ...behind.filter(({ person }) => !close.some((one) => one.person === person && !one.isAlone)),
  ]
}

function nameOf({ capacity, until }: Answering): string {
  if (capacity === 'registrar') return 'the person who registered the agent'
  return until === null ? `the agent's ${capacity}` : `a former ${capacity} of the agent`
}

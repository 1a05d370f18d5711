import { humanOf, isSamePerson, type Person } from '../../directory/party.ts'
import type { Write } from '../../foundation/database.ts'
import type { Id } from '../../foundation/id.ts'
import { listMakers, type MakerNeeds } from './list-makers.ts'

/** A concerned party: words that begin a sentence, and the actor, if any. */
export interface Concerned {
  readonly who: string
  readonly person?: Id | null | undefined
  /** An agent with an API key can create records without a person. */
  readonly actor?: string | undefined
  /**
   * Whether records that this person created do not matter: those who register agents create most
   * records.
   */
  readonly isAlone?: boolean | undefined
}

export interface Closeness {
  /** Why the person may not judge; undefined if they may. */
  readonly flaw: string | undefined
  /** Preconditions of the commit of the judgment. */
  readonly guards: readonly Write[]
}

/**
 * Checks whether a person is too close to a matter to judge it: the person is one of the concerned
 * parties under any of their records, or a concerned party may act as this person, because they
 * made one of the person's records or keys. Every rule that demands an independent person uses this check.
 *
 * @param task what the person is about to do, as in "does not approve".
 */
export async function assessCloseness(
  needs: MakerNeeds,
  judge: Person,
  concerned: readonly Concerned[],
  task: 'approve' | 'review',
): Promise<Closeness> {
  const guards: Write[] = [needs.people.mustBeOf(judge.id, humanOf(judge))]
  const makers = await listMakers(needs, judge)
  for (const { who, person: id, actor, isAlone = false } of concerned) {
    const person = id ? await needs.people.find(id) : undefined
    if (person && isSamePerson(person, judge))
      return { flaw: `${who} does not ${task}, under any record`, guards: [] }
    const actors = [...(actor ? [actor] : []), ...(person ? await actorsOf(needs, person) : [])]
    const made = isAlone ? undefined : actors.map((one) => makers.get(one)).find((what) => what)
    if (made) return { flaw: `${who} ${made}`, guards: [] }
    if (person) guards.push(needs.people.mustBeOf(person.id, humanOf(person)))
  }
  return { flaw: undefined, guards }
}

/**
 * Checks that two people count as two: they are different, and neither created the other's record.
 */
export async function areTwoPeople(
  needs: MakerNeeds,
  one: Person,
  other: Person,
): Promise<{ readonly areTwoPeople: boolean; readonly guards: readonly Write[] }> {
  const made = async (maker: Person, made: Person) => {
    const makers = await listMakers(needs, made)
    return (await actorsOf(needs, maker)).some((actor) => makers.has(actor))
  }
  const isOne = isSamePerson(one, other) || (await made(one, other)) || (await made(other, one))
  return {
    areTwoPeople: !isOne,
    guards: [one, other].map((person) => needs.people.mustBeOf(person.id, humanOf(person))),
  }
}

/** The actors as which a human being may have created records. */
const actorsOf = async ({ people }: MakerNeeds, person: Person): Promise<readonly string[]> =>
  (await people.recordsOf(humanOf(person))).map(({ id }) => `person:${id}`)

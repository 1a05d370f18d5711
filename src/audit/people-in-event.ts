import type { JsonObject } from '../foundation/json.ts'
import type { EventFacts, EventType } from './event.ts'

/** An event as its body has it. */
export interface NamedEvent {
  readonly type: string
  readonly actor: string
  readonly facts: object
}

type People = readonly (string | null | undefined)[]
type HandOver = EventFacts['agent.hand-over-declined']

const ofHandOver = ({ to, owner, deputy }: HandOver): People => [to, owner, deputy]

/** Which facts hold the id of a person, as it is or after `person:`. Free text may hold one too, but does not concern that person. */
const people: { readonly [T in EventType]?: (facts: EventFacts[T]) => People } = {
  'service.administrator-added': ({ person }) => [person],
  'person.created': ({ person }) => [person],
  'person.changed': ({ person }) => [person],
  'person.linked': ({ person, human }) => [person, human],
  'person.delegated': ({ person, delegate }) => [person, delegate],
  'person.left': ({ person }) => [person],
  'person.erased': ({ person }) => [person],
  'api-key.created': ({ holder }) => [holder],
  'agent.registered': ({ owner }) => [owner],
  'agent.hand-over-offered': ofHandOver,
  'agent.hand-over-declined': ofHandOver,
  'agent.hand-over-withdrawn': ofHandOver,
  'agent.handed-over': ({ from, to, deputy }) => [from, to, deputy],
  // The owner of the agent, as local policy saw it.
  'decision.made': ({ asked }) => [
    (asked?.profile as JsonObject | null | undefined)?.owner as string,
  ],
  'segment.reopened': ({ people }) => people,
  'request.approved': ({ inPlaceOf }) => [inPlaceOf],
  'break-glass.used': ({ people }) => people,
}

/** Whether a person caused the event, or its facts name the person. */
export function concernsPerson({ type, actor, facts }: NamedEvent, person: string): boolean {
  if (actor === `person:${person}`) return true
  const named = Object.hasOwn(people, type)
    ? (people[type as EventType] as ((facts: object) => People) | undefined)?.(facts)
    : undefined
  return named?.some((one) => one === person || one === `person:${person}`) ?? false
}

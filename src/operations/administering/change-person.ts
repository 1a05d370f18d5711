import type { AuditEvent } from '../../audit/event.ts'
import type { Deps } from '../../deps.ts'
import { isActing } from '../../directory/acting.ts'
import type { Agent } from '../../directory/agent.ts'
import { type Caller, hasRole } from '../../directory/caller.ts'
import { humanOf, isSamePerson, type Person } from '../../directory/party.ts'
import type { Write } from '../../foundation/database.ts'
import { ServiceError } from '../../foundation/errors.ts'
import type { Id } from '../../foundation/id.ts'
import { formatTime } from '../../foundation/time.ts'
import type { Change } from '../common/change.ts'
import { readEveryPage } from '../common/read-every-page.ts'
import { retryOnConflict } from '../common/retry-on-conflict.ts'
import { type DutyNeeds, separateHandedOver } from '../enforcing/check-duties-held.ts'
import { checkSomebodyElse } from '../enforcing/check-somebody-else.ts'
import { joinRecords } from '../enforcing/join-person-records.ts'
import { type RevokeNeeds, revokeExcess } from '../enforcing/revoke-excess.ts'
import type { PersonRequest } from './create-person.ts'

type Needs = RevokeNeeds &
  DutyNeeds &
  Pick<Deps, 'agents' | 'handOvers' | 'apiKeys' | 'invalidation'>

/** Absent or undefined members stay unchanged. */
export type Changes<T> = { readonly [K in keyof T]?: T[K] | undefined }

/**
 * Changes a person's record. Permissions of the person's agents that exceed the new roles are
 * revoked in the same commit. A mailbox that another record has or had shows that both belong to
 * one human being: see joinRecords.
 *
 * @param changeOf derives the change from the record as it is stored when the change is committed.
 */
export const changePerson = (
  needs: Needs,
  caller: Caller,
  { id }: Pick<Person, 'id'>,
  changeOf: (person: Person) => Changes<PersonRequest>,
): Promise<Change<Person>> =>
  retryOnConflict(async () => {
    const person = await needs.people.find(id)
    if (!person) throw new ServiceError('not_found', 'there is no such person')
    const { actor } = caller
    const change = changeOf(person)
    const { aliases = [], identityOf } = change
    const described: Person = {
      ...person,
      name: change.name ?? person.name,
      email: change.email === undefined ? person.email : change.email,
      roles: change.roles ?? person.roles,
      userName: change.userName === undefined ? person.userName : change.userName,
      externalId: change.externalId === undefined ? person.externalId : change.externalId,
    }
    const before = [person.email, person.userName]
    const addresses = [described.email, described.userName, ...aliases].filter(
      (one) => !before.includes(one),
    )
    const ties = { addresses, identityOf }
    const joined = await joinRecords(needs, caller, described, ties, false)
    if (described.roles.join(' ') !== person.roles.join(' '))
      await checkSomebodyElse(needs, caller, new Set([humanOf(person)]))
    const { roles } = joined.person
    const revoked = []
    for (const agent of await agentsOf(needs, id))
      if (agent.kind === 'employee' && agent.owner === id)
        revoked.push(await revokeExcess(needs, agent, roles, 'role'))
    return {
      writes: [
        ...joined.writes,
        ...needs.people.update(joined.person, person),
        ...revoked.flatMap(({ writes }) => writes),
      ],
      events: [
        { type: 'person.changed', actor, facts: { person: id, roles } },
        ...joined.events,
        ...revoked
          .flatMap(({ credentials }) => credentials)
          .map(
            (credential): AuditEvent => ({
              type: 'credential.revoked',
              actor,
              facts: { credential, cause: 'role' },
            }),
          ),
      ],
      answer: joined.person,
    }
  })

/** Names a delegate who approves in this person's place for a while; null ends that. */
export async function delegateApprovals(
  needs: Needs,
  { actor }: Caller,
  person: Person,
  to: { readonly delegate: Id; readonly until: number } | null,
): Promise<Change<Person>> {
  const delegate = to && (await needs.people.find(to.delegate))
  if (to && (!isActing(delegate) || isSamePerson(delegate, person)))
    throw new ServiceError('request_unprocessable', 'the delegate must be another, active person')
  const changed: Person = {
    ...person,
    delegate: to?.delegate ?? null,
    delegateUntil: to?.until ?? null,
  }
  const facts = {
    person: person.id,
    delegate: changed.delegate,
    until: to && formatTime(to.until),
  }
  return {
    writes: needs.people.update(changed, person),
    events: [{ type: 'person.delegated', actor, facts }],
    answer: changed,
  }
}

export interface Leaving {
  readonly person: Person
  /** Ids of the agents that went to their deputy. */
  readonly handedOver: readonly Id[]
  /** Ids of the agents that are suspended without an owner. */
  readonly suspended: readonly Id[]
  /** Ids of the agents that were never activated, and are retired. */
  readonly retired: readonly Id[]
}

/**
 * Records that a person has left, permanently. The deputy takes over each agent; an agent without
 * one, or acting for this person, is suspended, or retired if it was never activated. The person's API keys are void in the same commit.
 *
 * @param unnamed whether the directory that provisioned the person has deleted them.
 * @throws ServiceError `last_administrator`; `caller_forbidden` if a directory removes an
 *   administrator that it did not create: a stolen directory token must not take the service from
 *   those who run it.
 */
export const leave = (
  needs: Needs,
  caller: Caller,
  person: Person,
  { unnamed = false }: { readonly unnamed?: boolean } = {},
): Promise<Change<Leaving>> =>
  retryOnConflict(async () => {
    const administers = await needs.apiKeys.administers(person.id, needs.clock())
    if (administers && !hasRole(caller, 'administrator') && person.createdBy !== caller.actor)
      throw new ServiceError(
        'caller_forbidden',
        'this person administers the service: an administrator must record that they have left',
      )
    return leaveNow(needs, caller, person, unnamed)
  })

async function leaveNow(
  needs: Needs,
  { actor }: Caller,
  person: Person,
  unnamed: boolean,
): Promise<Change<Leaving>> {
  const { id } = person
  const now = needs.clock()
  const writes: Write[] = [
    ...needs.apiKeys.mustLeaveAdministrator({ person: id }, now),
    ...needs.people.leave(id),
    ...(unnamed ? [needs.people.unname(id)] : []),
    needs.apiKeys.revokeAllOf({ kind: 'person', id }, now),
  ]
  const events: AuditEvent[] = []
  const handedOver: Id[] = []
  const suspended: Id[] = []
  const retired: Id[] = []
  for (const agent of await agentsOf(needs, id)) {
    if (agent.state === 'retired') continue
    if (agent.owner !== id) {
      writes.push(...needs.agents.handOver(agent, agent.owner, null, now))
      continue
    }
    const heir = await takesOver(needs, agent)
    if (heir) {
      const deputy = heir.person.id
      writes.push(...needs.agents.handOver(agent, deputy, null, now), ...heir.writes)
      events.push({
        type: 'agent.handed-over',
        actor,
        facts: { agent: agent.id, from: id, to: deputy, deputy: null },
      })
      handedOver.push(agent.id)
    } else {
      const reason = 'its owner has left'
      // Offers of a person who has left can no longer be accepted.
      writes.push(needs.handOvers.drop(agent.id))
      if (agent.state === 'pending') {
        writes.push(...needs.agents.step(agent.id, 'retire'))
        retired.push(agent.id)
      } else {
        if (agent.state === 'active') writes.push(...needs.agents.suspend(agent.id, 'owner-left'))
        writes.push(
          ...needs.status.addCauseToAll({ agentId: agent.id }, 'suspension', 'agent', now),
        )
        suspended.push(agent.id)
      }
      if (agent.state !== 'suspended')
        events.push({
          type: agent.state === 'pending' ? 'agent.retired' : 'agent.suspended',
          actor,
          facts: { agent: agent.id, reason },
        })
    }
  }
  return {
    writes: [...writes, needs.agents.mustBeNobodys(id), needs.invalidation.announce()],
    events: [
      { type: 'person.left', actor, facts: { person: id, handedOver, suspended, retired } },
      ...events,
    ],
    answer: {
      person: {
        ...person,
        ...(unnamed ? { userName: null, externalId: null } : {}),
        state: 'left' as const,
        delegate: null,
      },
      handedOver,
      suspended,
      retired,
    },
  }
}

/**
 * The deputy, with the writes of the hand-over. Nobody takes over an employee's agent, which acts
 * for that person only, or an agent whose duties must be kept apart from their own.
 */
async function takesOver(
  needs: Needs,
  agent: Agent,
): Promise<{ readonly person: Person; readonly writes: readonly Write[] } | undefined> {
  if (agent.kind === 'employee' || agent.deputy === null) return undefined
  const person = await needs.people.find(agent.deputy)
  if (!isActing(person)) return undefined
  try {
    return { person, writes: await separateHandedOver(needs, agent, person) }
  } catch (error) {
    if (error instanceof ServiceError && error.code === 'separation_of_duties') return undefined
    throw error
  }
}

const agentsOf = ({ agents }: Needs, person: Id): Promise<readonly Agent[]> =>
  readEveryPage((page) => agents.list({ answerable: person }, page))

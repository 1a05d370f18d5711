import type { Deps } from '../../deps.ts'
import type { Caller } from '../../directory/caller.ts'
import { humanOf } from '../../directory/party.ts'
import { ServiceError } from '../../foundation/errors.ts'
import type { Id } from '../../foundation/id.ts'

/**
 * Nobody changes what they themselves are to the rules: roles, mailboxes and links of one's own
 * records, under whichever of them one calls, or through an agent that one answers for.
 *
 * @param humans whose records change.
 * @throws ServiceError `caller_forbidden`
 */
export async function checkSomebodyElse(
  { people, agents }: Pick<Deps, 'people' | 'agents'>,
  caller: Caller,
  humans: ReadonlySet<Id>,
): Promise<void> {
  const agent = caller.agent === undefined ? undefined : await agents.find(caller.agent)
  const callers = [caller.person, agent?.owner, agent?.deputy]
  const found = await Promise.all(callers.flatMap((id) => (id ? [people.find(id)] : [])))
  if (found.some((self) => self && humans.has(humanOf(self))))
    throw new ServiceError(
      'caller_forbidden',
      'nobody changes their own roles, mailboxes or links: ask an administrator who is somebody else',
    )
}

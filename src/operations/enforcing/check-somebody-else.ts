import type { Deps } from '../../deps.ts'
import type { Caller } from '../../directory/caller.ts'
import { humanOf } from '../../directory/party.ts'
import { ServiceError } from '../../foundation/errors.ts'
import type { Id } from '../../foundation/id.ts'

/**
 * Nobody changes what they themselves are to the rules: roles, mailboxes and links of one's own
 * records, under whichever of them one calls.
 *
 * @param humans whose records change.
 * @throws ServiceError `caller_forbidden`
 */
export async function checkSomebodyElse(
  { people }: Pick<Deps, 'people'>,
  caller: Caller,
  humans: ReadonlySet<Id>,
): Promise<void> {
  const self = caller.person && (await people.find(caller.person))
  if (self && humans.has(humanOf(self)))
    throw new ServiceError(
      'caller_forbidden',
      'nobody changes their own roles, mailboxes or links: ask an administrator who is somebody else',
    )
}

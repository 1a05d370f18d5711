import type { Deps } from '../../deps.ts'
import { type Caller, hasRole } from '../../directory/caller.ts'
import { isSamePerson } from '../../directory/party.ts'
import type { Id } from '../../foundation/id.ts'

/**
 * Whether the caller acts for the organization. An administrator does. A directory does, unless a
 * person behind its key is concerned, under any record: in their own affairs a provisioner is an
 * owner like any other, so the two powers do not add up.
 */
export async function actsForOrganization(
  { people }: Pick<Deps, 'people'>,
  caller: Caller,
  concerned: readonly (Id | null)[],
): Promise<boolean> {
  if (hasRole(caller, 'administrator')) return true
  if (!hasRole(caller, 'provisioner')) return false
  if (caller.person === undefined) return true
  const self = await people.find(caller.person)
  for (const id of concerned) {
    const one = id && (await people.find(id))
    if (!self || (one && isSamePerson(one, self))) return false
  }
  return true
}

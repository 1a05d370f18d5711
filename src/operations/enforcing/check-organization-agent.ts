import type { Deps } from '../../deps.ts'
import { type Caller, hasRole } from '../../directory/caller.ts'
import { isSamePerson } from '../../directory/party.ts'
import type { Id } from '../../foundation/id.ts'

/**
 * Whether the caller acts for the organization: an administrator does; a directory does unless the
 * person behind its key is one of those concerned, under whichever record. For an affair of their
 * own a provisioner is an owner like any other: two powers in one hand are not added up.
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

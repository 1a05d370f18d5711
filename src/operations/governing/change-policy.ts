import type { Deps } from '../../deps.ts'
import type { Caller } from '../../directory/caller.ts'
import { ServiceError } from '../../foundation/errors.ts'
import { newId } from '../../foundation/id.ts'
import type { Policy } from '../../permission/policy.ts'
import type { Change } from '../common/change.ts'

type Needs = Pick<Deps, 'clock' | 'crypto' | 'policies' | 'policyEngine'>

/**
 * Puts the next version of a policy into force. The policy is checked against the schema first; the
 * error lists every problem.
 */
export async function putPolicy(
  needs: Needs,
  caller: Caller,
  name: string,
  body: string,
): Promise<Change<Policy>> {
  await checkPolicy(needs, body)
  return change(needs, caller, name, body)
}

/** Withdraws a policy. Its versions are kept. */
export async function withdrawPolicy(
  needs: Needs,
  caller: Caller,
  name: string,
): Promise<Change<Policy>> {
  const newest = await needs.policies.newest(name)
  if (newest?.body == null)
    throw new ServiceError('not_found', 'no policy of this name is in force')
  return change(needs, caller, name, null)
}

/** @throws ServiceError `request_unprocessable` with the problems found. */
export async function checkPolicy(
  { policyEngine }: Pick<Deps, 'policyEngine'>,
  body: string,
): Promise<void> {
  const flaws = await policyEngine.validate(body)
  if (flaws.length > 0)
    throw new ServiceError('request_unprocessable', flaws.slice(0, 10).join('; '))
}

async function change(
  needs: Needs,
  { actor }: Caller,
  name: string,
  body: string | null,
): Promise<Change<Policy>> {
  const version = ((await needs.policies.newest(name))?.version ?? 0) + 1
  const now = needs.clock()
  const policy: Policy = {
    id: newId(now, needs.crypto.randomBytes),
    name,
    version,
    body,
    createdBy: actor,
    createdAt: now,
  }
  const facts = { name, version, withdrawn: body === null }
  return {
    writes: [needs.policies.add(policy)],
    events: [{ type: 'policy.changed', actor, facts }],
    answer: policy,
  }
}

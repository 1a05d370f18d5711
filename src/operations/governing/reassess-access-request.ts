import { isActing } from '../../directory/acting.ts'
import type { Agent } from '../../directory/agent.ts'
import { canonicalize } from '../../foundation/canonical.ts'
import type { Write } from '../../foundation/database.ts'
import { ServiceError } from '../../foundation/errors.ts'
import type { JsonObject } from '../../foundation/json.ts'
import type { AccessRequest } from '../../governance/access-request.ts'
import type { Stage } from '../../governance/approval-rule.ts'
import { assessAccessRequest, breakGlassRole, type RequestNeeds } from './assess-access-request.ts'

/**
 * Assesses a request again at the moment of issue. It may be hours old: since then a role or
 * entitlement may have been withdrawn, a rule may refuse it or ask other approvers, or the
 * requester may have left. Returns preconditions of the commit.
 *
 * @throws ServiceError `approval_outdated`, which says what has changed; `task_ended`.
 */
export async function reassessAccessRequest(
  needs: RequestNeeds,
  request: AccessRequest,
  agent: Agent,
): Promise<readonly Write[]> {
  const requester = await requesterStands(needs, request, agent)
  const { kind, reason, terms, taskId: task } = request
  const considered = await assessAccessRequest(needs, agent, { ...terms, kind, reason, task })
  if (considered.because !== null) throw outdated(considered.because)
  const { outcome, rules, stages } = considered.ruling
  if (outcome === 'ask' && !areCovered(stages, request.stages))
    throw outdated(`${rules.join(', ')}: other approvers are required now`)
  return [...requester, ...considered.guards]
}

const outdated = (because: string) =>
  new ServiceError('approval_outdated', `the request can no longer be granted: ${because}`)

/** The requester must still be allowed to ask: a request does not outlive their position. */
async function requesterStands(
  { people }: Pick<RequestNeeds, 'people'>,
  { requesterPerson, kind }: AccessRequest,
  { owner, deputy }: Agent,
): Promise<readonly Write[]> {
  if (requesterPerson === null) return []
  const person = await people.find(requesterPerson)
  const mayAsk =
    kind === 'break-glass'
      ? person?.roles.includes(breakGlassRole)
      : requesterPerson === owner || requesterPerson === deputy
  if (!isActing(person) || !mayAsk) throw outdated('the requester may no longer ask for this agent')
  return [people.mustHaveRoles(person.id, person.roles)]
}

/** Whether the request has passed every stage that the rules require now. */
function areCovered(wanted: readonly Stage[], done: readonly Stage[]): boolean {
  const left = done.map(textOf)
  return wanted.every((stage) => {
    const place = left.indexOf(textOf(stage))
    if (place >= 0) left.splice(place, 1)
    return place >= 0
  })
}

const textOf = (stage: Stage): string =>
  canonicalize(JSON.parse(JSON.stringify(stage)) as JsonObject)

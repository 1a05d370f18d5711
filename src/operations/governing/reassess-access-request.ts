import type { Agent } from '../../directory/agent.ts'
import { canonicalize } from '../../foundation/canonical.ts'
import type { Write } from '../../foundation/database.ts'
import { ServiceError } from '../../foundation/errors.ts'
import type { JsonObject } from '../../foundation/json.ts'
import type { AccessRequest } from '../../governance/access-request.ts'
import type { Stage } from '../../governance/approval-rule.ts'
import { assessAccessRequest, breakGlassRole, type RequestNeeds } from './assess-access-request.ts'

/**
 * Considers a request once more, as things are when it is to be issued: it was asked hours ago, and
 * since then a role may have been taken, an entitlement withdrawn, a rule put that refuses or asks
 * others, a requester sent away. Returns what must still hold when it is written.
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
    throw outdated(`${rules.join(', ')}: other people are to be asked now`)
  return [...requester, ...considered.guards]
}

const outdated = (because: string) =>
  new ServiceError('approval_outdated', `what was asked is not to be had any more: ${because}`)

/** Whoever asked must be one who may ask, still: a request does not outlive their office. */
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
  if (person?.state !== 'active' || !mayAsk)
    throw outdated('whoever asked may not ask for this agent any more')
  return [people.mustHaveRoles(person.id, person.roles)]
}

/** Whether each stage that the rules want now is one of those that were gone through. */
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

import type { Actor, AuditEvent } from '../../audit/event.ts'
import { taskPermissionType } from '../../credential/credential.ts'
import type { IssuedCredential } from '../../credential/credential-store.ts'
import type { IssuanceBasis } from '../../credential/issuance-basis.ts'
import {
  type Issuer,
  permissionMechanism,
  type SecuringMechanism,
} from '../../credential/issuer.ts'
import type { Deps } from '../../deps.ts'
import type { Did } from '../../did/syntax.ts'
import { isActing } from '../../directory/acting.ts'
import type { Agent } from '../../directory/agent.ts'
import type { Caller } from '../../directory/caller.ts'
import type { TaskRecord } from '../../directory/task.ts'
import { makeBudget } from '../../foundation/budget.ts'
import type { Write } from '../../foundation/database.ts'
import { ServiceError } from '../../foundation/errors.ts'
import { type Id, newId } from '../../foundation/id.ts'
import type { JsonArray, JsonObject } from '../../foundation/json.ts'
import { isRefusal } from '../../foundation/refusal.ts'
import { formatTime, type Milliseconds, type Seconds } from '../../foundation/time.ts'
import type { ApprovalSubject } from '../../governance/access-request.ts'
import { ruleOn } from '../../governance/approval-rule.ts'
import type { PublicKey } from '../../keys/public-key.ts'
import { credentialsV2, procuraV1 } from '../../linked-data/context-urls.ts'
import { grantsOf } from '../../permission/grants-of.ts'
import { permissionLifetime } from '../../permission/lifetime.ts'
import { parsePermission } from '../../permission/parse-permission.ts'
import { permissionVersion, taskOutcomes } from '../../permission/permission.ts'
import type { Change } from '../common/change.ts'
import { findTask } from '../common/find-visible.ts'
import { separateDuties } from '../enforcing/check-duties-held.ts'
import { checkPersonRoles } from '../enforcing/check-person-roles.ts'
import { checkFlow } from '../enforcing/check-segments.ts'
import { type Forms, secureForms } from './secure-forms.ts'

export type IssueNeeds = Pick<
  Deps,
  | 'identityKeys'
  | 'clock'
  | 'crypto'
  | 'agents'
  | 'tasks'
  | 'issuers'
  | 'credentials'
  | 'nextSlot'
  | 'statusEntries'
  | 'secureCredential'
  | 'resolveDid'
  | 'people'
  | 'ceilings'
  | 'governance'
  | 'documents'
  | 'duties'
  | 'closures'
  | 'settings'
>

export interface PermissionRequest {
  readonly task: Id
  readonly audience: readonly Did[]
  readonly grants: JsonArray
  readonly delegation?: JsonObject | undefined
  readonly lifetimeSeconds?: Seconds | undefined
  /** Further forms of the credential, besides the issuer's own mechanism. */
  readonly forms?: readonly SecuringMechanism[] | undefined
}

export interface IssuedAnswer {
  readonly id: Id
  readonly credential: JsonObject
  /** The requested further forms, by securing mechanism. */
  readonly forms?: Forms
}

/** What issuing writes. The permission is issued once this is committed. */
export interface PreparedIssue {
  readonly writes: readonly Write[]
  readonly event: AuditEvent
  readonly answer: IssuedAnswer
}

/** Why a permission is issued. */
export interface IssuanceGrounds {
  readonly actor: Actor
  readonly basis: IssuanceBasis
  /** The approval, as a root permission carries it: permission-model.md, 5. */
  readonly approval?: JsonObject | undefined
}

/**
 * Issues a task permission to an agent on an issuer's own word. Refuses permissions that an
 * approval rule covers.
 */
export async function issuePermission(
  needs: IssueNeeds,
  { actor }: Caller,
  agent: Agent,
  request: PermissionRequest,
): Promise<Change<IssuedAnswer>> {
  const task = await findTask(needs, request.task)
  const grants = grantsOf(request.grants)
  const rules = await needs.governance.inForce('approval-rule')
  const ruling = ruleOn(rules, {
    kind: 'permission',
    agent,
    purpose: task.purpose,
    grants,
    isDelegable: request.delegation !== undefined,
  })
  if (ruling.outcome !== 'grant')
    throw new ServiceError(
      'approval_required',
      `${ruling.rules.join(', ')}: request it with POST /requests`,
    )
  const { writes, event, answer } = await prepareIssue(needs, agent, task, request, {
    actor,
    basis: 'issuer',
  })
  return {
    writes: [needs.documents.mustBeInForce('approval-rule', rules), ...writes],
    events: [event],
    answer,
  }
}

/**
 * Reserves the status entry durably, then signs; the caller commits. A crash in between wastes a
 * status entry, but never leaves a credential without one.
 */
export async function prepareIssue(
  needs: IssueNeeds,
  agent: Agent,
  task: TaskRecord,
  request: PermissionRequest,
  { actor, basis, approval }: IssuanceGrounds,
): Promise<PreparedIssue> {
  const issuer = await issuerOf(needs, task)
  // Checked here to save work. The guards in the commit decide.
  if (!isActing(agent) || !agent.did)
    throw new ServiceError('agent_not_active', 'the agent is not active')
  if (task.state !== 'open') throw new ServiceError('task_ended', 'the task has ended')

  const now = needs.clock()
  const validUntil = endOf(agent, task, now, request.lifetimeSeconds ?? permissionLifetime.default)
  const described = describePermission(issuer, agent, task, request)
  // In canonical order, which is the fastest to write and read.
  const permission = approval === undefined ? described : { approval, ...described }
  const flaw = parsePermission(permission)
  if (isRefusal(flaw)) throw new ServiceError('permission_invalid', flaw.detail)
  const limits = await checkPersonRoles(needs, agent, task.purpose, {
    audience: flaw.audience,
    grants: flaw.grants,
    delegation: request.delegation,
    lifetimeSeconds: Math.round((validUntil - now) / 1000),
  })
  const flow = await checkFlow(needs, issuer.did, [agent], flaw)

  const id = newId(now, needs.crypto.randomBytes)
  const duties = await separateDuties(needs, agent, {
    grants: flaw.grants,
    issuer: issuer.did,
    credentialId: `urn:uuid:${id}`,
    validUntil,
  })
  const slot = await needs.nextSlot(issuer.id)
  const document: JsonObject = {
    '@context': [credentialsV2, procuraV1],
    credentialStatus: await needs.statusEntries(issuer.id, slot),
    credentialSubject: { id: agent.did, permission },
    id: `urn:uuid:${id}`,
    issuer: issuer.did,
    type: ['VerifiableCredential', taskPermissionType],
    validFrom: formatTime(now),
    validUntil: formatTime(validUntil),
  }
  const mechanism = permissionMechanism(issuer)
  const others = request.forms ?? []
  if (others.some((form) => form === 'ecdsa-sd-2023' || form === 'vc+sd-jwt'))
    throw new ServiceError(
      'request_unprocessable',
      'a permission has no selective disclosure except as SD-JWT VC',
    )
  const isBound = [mechanism, ...others].includes('dc+sd-jwt')
  const holderKey = isBound ? await keyOf(needs, agent.did) : undefined
  const { secured, forms } = await secureForms(needs, issuer, document, {
    first: mechanism,
    others,
    holderKey,
  })
  const issued: IssuedCredential = {
    id,
    credentialId: `urn:uuid:${id}`,
    issuerId: issuer.id,
    agentId: agent.id,
    taskId: task.id,
    type: taskPermissionType,
    slot,
    validFrom: now,
    validUntil,
    createdAt: now,
    secured,
    forms,
    basis,
  }
  const facts = {
    credential: id,
    issuer: issuer.id,
    type: taskPermissionType,
    agent: agent.id,
    task: task.id,
    validUntil: formatTime(validUntil),
    basis,
  }
  return {
    writes: [
      needs.agents.mustBeActive(agent.id),
      needs.tasks.mustBeOpen(task.id),
      needs.issuers.mustBeActive(issuer.id),
      needs.closures.mustBeOpen(agent.segment),
      // A form bound to a key that is compromised in the meantime would escape the revocation of
      // the others.
      ...(holderKey ? [needs.identityKeys.mustBeCurrent(agent.did, holderKey)] : []),
      ...limits,
      ...flow,
      ...duties,
      needs.credentials.add(issued),
    ],
    event: { type: 'credential.issued', actor, facts },
    answer: { id, credential: secured, ...(forms ? { forms } : {}) },
  }
}

/** What an approval of this permission would be bound to. @see permission-model.md, 5 */
export async function approvalSubjectOf(
  needs: Pick<Deps, 'issuers'>,
  agent: Agent,
  task: TaskRecord,
  request: Omit<PermissionRequest, 'task'> & { readonly lifetimeSeconds: Seconds },
): Promise<ApprovalSubject> {
  if (!agent.did) throw new ServiceError('agent_not_active', 'the agent is not active')
  const issuer = await issuerOf(needs, task)
  const described = describePermission(issuer, agent, task, { ...request, task: task.id })
  return {
    issuer: issuer.did,
    subject: agent.did,
    principal: described.principal as JsonObject,
    audience: request.audience,
    task: described.task as JsonObject,
    grants: request.grants,
    delegation: request.delegation,
    lifetimeSeconds: request.lifetimeSeconds,
    notAfter: formatTime(Math.min(task.endsAt, agent.endsAt ?? Number.POSITIVE_INFINITY)),
  }
}

async function issuerOf({ issuers }: Pick<Deps, 'issuers'>, task: TaskRecord): Promise<Issuer> {
  const issuer = await issuers.find(task.issuerId)
  if (!issuer) throw new ServiceError('internal', 'the task has no issuer')
  return issuer
}

/** The agent's current key, which an SD-JWT VC is bound to. */
async function keyOf({ resolveDid }: Pick<IssueNeeds, 'resolveDid'>, did: Did): Promise<PublicKey> {
  const document = await resolveDid(did, { budget: makeBudget() })
  const [method] = isRefusal(document) ? [] : document.relationships.authentication
  const key = isRefusal(document) || !method ? undefined : document.methods.get(method)?.key
  if (!key) throw new ServiceError('internal', 'the agent has no key')
  return key
}

/** A permission ends no later than its task and its agent. In whole seconds, as it is written. */
function endOf(agent: Agent, task: TaskRecord, now: Milliseconds, lifetime: Seconds): Milliseconds {
  const end = Math.min(now + lifetime * 1000, task.endsAt, agent.endsAt ?? Number.POSITIVE_INFINITY)
  return Math.floor(end / 1000) * 1000
}

function describePermission(
  issuer: Issuer,
  agent: Agent,
  task: TaskRecord,
  request: PermissionRequest,
): JsonObject {
  // In canonical order, which is the fastest to write and read.
  return {
    audience: request.audience,
    ...(request.delegation === undefined ? {} : { delegation: request.delegation }),
    grants: request.grants,
    principal: { id: issuer.did, owner: `urn:uuid:${agent.owner}` },
    task: {
      endsOn: taskOutcomes,
      ...(task.host === null ? {} : { host: task.host }),
      id: `urn:uuid:${task.id}`,
      purpose: task.purpose,
    },
    version: permissionVersion,
  }
}

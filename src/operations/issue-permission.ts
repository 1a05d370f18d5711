import type { Agent } from '../agent/agent.ts'
import type { Caller } from '../agent/caller.ts'
import type { TaskRecord } from '../agent/task.ts'
import { taskPermissionType } from '../credential/credential.ts'
import type { IssuedCredential } from '../credential/credential-store.ts'
import { type Issuer, permissionMechanism, type SecuringMechanism } from '../credential/issuer.ts'
import type { Deps } from '../deps.ts'
import type { Did } from '../did/syntax.ts'
import { ServiceError } from '../errors.ts'
import { type Id, newId } from '../id.ts'
import type { JsonArray, JsonObject } from '../json.ts'
import type { PublicKey } from '../keys/public-key.ts'
import { credentialsV2, procuraV1 } from '../linked-data/context-urls.ts'
import { parsePermission } from '../permission/parse-permission.ts'
import { permissionVersion, taskOutcomes } from '../permission/permission.ts'
import { isRefusal } from '../refusal.ts'
import { formatTime, type Milliseconds, type Seconds } from '../time.ts'
import { findTask } from './find.ts'
import { type Forms, secureForms } from './secure-forms.ts'

type Needs = Pick<
  Deps,
  | 'clock'
  | 'crypto'
  | 'commit'
  | 'agents'
  | 'tasks'
  | 'issuers'
  | 'credentials'
  | 'nextSlot'
  | 'statusEntries'
  | 'secureCredential'
  | 'resolveDid'
  | 'settings'
>

export interface PermissionRequest {
  readonly task: Id
  readonly audience: readonly Did[]
  readonly grants: JsonArray
  readonly delegation?: JsonObject | undefined
  readonly lifetimeSeconds?: Seconds | undefined
  /** Forms in which the credential is wanted beside the issuer's own. */
  readonly forms?: readonly SecuringMechanism[] | undefined
}

/** permission-model.md, 1: an hour unless asked otherwise, a day at most. */
export const permissionLifetime = { default: 3600, max: 86_400 } as const satisfies Record<
  string,
  Seconds
>

export interface IssuedAnswer {
  readonly id: Id
  readonly credential: JsonObject
  /** In other forms that were asked for, by their securing mechanism. */
  readonly forms?: Forms
}

/**
 * Issues a task permission to an agent. Reserves the status entry durably, then signs, then commits:
 * what dies between is a status entry that nobody has, never a credential without one.
 */
export async function issuePermission(
  needs: Needs,
  caller: Caller,
  agent: Agent,
  request: PermissionRequest,
): Promise<IssuedAnswer> {
  const task = await findTask(needs, request.task)
  const issuer = await needs.issuers.find(task.issuerId)
  if (!issuer) throw new ServiceError('internal', 'the task has no issuer')
  // Looked at here to save the work; the guards in the commit are what counts.
  if (agent.state !== 'active' || !agent.did)
    throw new ServiceError('agent_not_active', 'the agent is not active')
  if (task.state !== 'open') throw new ServiceError('task_ended', 'the task has ended')

  const now = needs.clock()
  const validUntil = endOf(agent, task, now, request.lifetimeSeconds ?? permissionLifetime.default)
  const permission = describePermission(issuer, agent, task, request)
  const flaw = parsePermission(permission)
  if (isRefusal(flaw)) throw new ServiceError('permission_invalid', flaw.detail)

  const id = newId(now, needs.crypto.randomBytes)
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
    throw new ServiceError('request_unprocessable', 'a permission is whole, or an SD-JWT VC')
  const isBound = [mechanism, ...others].includes('dc+sd-jwt')
  const holderKey = isBound ? await keyOf(needs, agent.did) : undefined
  const { secured, forms } = await secureForms(needs, issuer, document, mechanism, others, {
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
  }
  const facts = {
    credential: id,
    issuer: issuer.id,
    type: taskPermissionType,
    agent: agent.id,
    task: task.id,
    validUntil: formatTime(validUntil),
  }
  return needs.commit(
    [
      needs.agents.mustBeActive(agent.id),
      needs.tasks.mustBeOpen(task.id),
      needs.issuers.mustBeActive(issuer.id),
      needs.credentials.add(issued),
    ],
    [{ type: 'credential.issued', actor: caller.actor, facts }],
    { id, credential: secured, ...(forms ? { forms } : {}) },
  )
}

/** The key that an agent proves itself by: an SD-JWT VC is bound to it. */
async function keyOf({ resolveDid }: Pick<Needs, 'resolveDid'>, did: Did): Promise<PublicKey> {
  const document = await resolveDid(did)
  const [method] = isRefusal(document) ? [] : document.relationships.authentication
  const key = isRefusal(document) || !method ? undefined : document.methods.get(method)?.key
  if (!key) throw new ServiceError('internal', 'the agent has no key')
  return key
}

/** A permission outlives neither its task nor its agent. Whole seconds, as they are written down. */
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
  // In canonical order, in which it is written and read fastest.
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

import { taskPermissionType } from '../../credential/credential.ts'
import { secureWithDataIntegrity } from '../../credential/data-integrity.ts'
import { onDelegation } from '../../credential/issuance-basis.ts'
import { parseCredential } from '../../credential/parse-credential.ts'
import type { Deps } from '../../deps.ts'
import type { Did } from '../../did/syntax.ts'
import type { Agent } from '../../directory/agent.ts'
import type { Caller } from '../../directory/caller.ts'
import { canonicalize } from '../../foundation/canonical.ts'
import type { Write } from '../../foundation/database.ts'
import { ServiceError } from '../../foundation/errors.ts'
import { type Id, newId } from '../../foundation/id.ts'
import type { JsonObject } from '../../foundation/json.ts'
import { isRefusal, type Refusal } from '../../foundation/refusal.ts'
import { formatTime, type Seconds } from '../../foundation/time.ts'
import type { Link } from '../../permission/attenuate.ts'
import { flawOfLinks, linkOf, type PresentedLink } from '../../permission/chain.ts'
import { type DelegationRequest, delegatedCredential } from '../../permission/delegate.ts'
import { withReservation } from '../../permission/entry-reservation.ts'
import type { Change } from '../common/change.ts'
import { type DutyNeeds, flawOfDuties } from '../enforcing/check-duties-held.ts'
import { checkPersonRoles } from '../enforcing/check-person-roles.ts'
import { checkFlow } from '../enforcing/check-segments.ts'
import { acceptPresented } from '../verifying/accept-presented.ts'
import { areAuthentic, authenticateAll } from '../verifying/authenticate-presented.ts'
import type { JudgeNeeds } from '../verifying/judge-credential.ts'

type Needs = JudgeNeeds &
  DutyNeeds &
  Pick<
    Deps,
    | 'agents'
    | 'identities'
    | 'issuers'
    | 'credentials'
    | 'tasks'
    | 'nextSlot'
    | 'statusEntries'
    | 'settings'
    | 'ceilings'
    | 'closures'
  >

export interface PreparationRequest extends DelegationRequest {
  /** The caller's complete chain. Its last credential is narrowed. */
  readonly chain: readonly JsonObject[]
  readonly lifetimeSeconds?: Seconds | undefined
}

/**
 * A delegated credential with status entries, for the holder of its parent to sign. It is signed
 * already if that key is kept here.
 */
export interface PreparedDelegation {
  readonly id: Id
  readonly credential: JsonObject
}

/**
 * Reserves status entries for a delegation, so that it may live as long as its parent and be
 * revoked alone. The holder signs it, unless the key is kept here; unsigned, it is worthless.
 *
 * @throws ServiceError `permission_invalid` if it exceeds its parent; the detail begins with the
 *   reason.
 * @see permission-model.md, 3
 */
export async function prepareDelegation(
  needs: Needs,
  caller: Caller,
  { chain, lifetimeSeconds, ...request }: PreparationRequest,
): Promise<Change<PreparedDelegation>> {
  const agent = caller.agent && (await needs.agents.find(caller.agent))
  if (!agent?.did)
    throw new ServiceError('caller_forbidden', 'only an agent delegates, and only for itself')
  const line = await lineOf(needs, chain, agent.did)
  const [root, parent] = [line[0]!.credential, line.at(-1)!.credential]
  if (parent.securing.mechanism === 'sd-jwt')
    throw new ServiceError(
      'permission_invalid',
      'delegation_not_allowed: a credential in SD-JWT form cannot be delegated',
    )
  const issuer = await needs.issuers.findByDid(root.issuer as Did)
  if (!issuer)
    throw new ServiceError(
      'request_unprocessable',
      'another service issued the root of the chain: ask its issuer, or delegate for at most 15 minutes without a status entry',
    )
  const now = needs.clock()
  const id = newId(now, needs.crypto.randomBytes)
  const validFrom = Math.max(Math.floor(now / 1000) * 1000, parent.validFrom!)
  const validUntil = Math.min(
    parent.validUntil!,
    lifetimeSeconds === undefined ? Number.POSITIVE_INFINITY : validFrom + lifetimeSeconds * 1000,
  )
  const { digest } = line.at(-1)!
  const options = { id: `urn:uuid:${id}`, digest, validFrom, validUntil }
  const credentialWith = (status: readonly JsonObject[]) =>
    delegatedCredential(parent.document, request, { ...options, status })
  const subject = await needs.agents.findByDid(request.subject)
  // Checked first, so that a refused delegation takes no status entry.
  checkNarrowing(credentialWith([]), line)
  const given = await checkGiving(needs, line, credentialWith([]), subject, options)
  const slot = await needs.nextSlot(issuer.id)
  const document = credentialWith(await needs.statusEntries(issuer.id, slot))
  // By the reservation, verifiers elsewhere see that the issuer will set this status entry.
  const prepared = await withReservation(
    document,
    await needs.identities.signer(issuer.did),
    needs.crypto,
  )
  const credential = agent.custody === 'service' ? await sign(needs, agent.did, prepared) : prepared
  const [rootRecord] = await needs.credentials.findByCredentialId(root.id!, now)
  const taskId = rootRecord?.taskId ?? null
  const facts = {
    credential: id,
    parent: parent.id!,
    subject: request.subject,
    agent: subject?.id ?? null,
    task: taskId,
    validUntil: formatTime(validUntil),
  }
  return {
    writes: [
      needs.agents.mustBeActive(agent.id),
      ...(subject ? [needs.agents.mustBeActive(subject.id)] : []),
      ...(taskId ? [needs.tasks.mustBeOpen(taskId)] : []),
      ...given,
      needs.credentials.add({
        id,
        credentialId: `urn:uuid:${id}`,
        issuerId: issuer.id,
        agentId: subject?.id ?? null,
        taskId,
        type: taskPermissionType,
        slot,
        validFrom,
        validUntil,
        createdAt: now,
        secured: credential,
        forms: null,
        basis: onDelegation(parent.id!),
      }),
    ],
    events: [{ type: 'delegation.prepared', actor: caller.actor, facts }],
    answer: { id, credential },
  }
}

/** Delegation must not join separated duties, nor cross a segment without a door. */
async function checkGiving(
  needs: Needs,
  line: readonly PresentedLink[],
  document: JsonObject,
  subject: Agent | undefined,
  { validUntil }: { readonly validUntil: number },
): Promise<readonly Write[]> {
  const child = parseCredential(document)
  const link = isRefusal(child) ? child : linkOf(child)
  if (isRefusal(link)) throw new ServiceError('permission_invalid', link.detail)
  const { permission } = link
  const holders = await Promise.all(
    line.map(({ credential: { subjects } }) => needs.agents.findByDid(subjects[0]!.id as Did)),
  )
  const root = line[0]!.credential.issuer as Did
  const flow = await checkFlow(needs, root, [...holders, subject], permission)
  if (!subject) return flow
  const lifetimeSeconds = Math.max(1, Math.round((validUntil - needs.clock()) / 1000))
  const limits = await checkPersonRoles(needs, subject, permission.task.purpose, {
    audience: permission.audience,
    grants: permission.grants,
    delegation: delegationIn(document),
    lifetimeSeconds,
  })
  // Nothing is written here: the delegate's side gets the duty when it uses the permission.
  const conflict = await flawOfDuties(needs, subject, permission.grants)
  if (conflict !== undefined) throw new ServiceError('separation_of_duties', conflict)
  return [needs.closures.mustBeOpen(subject.segment), ...limits, ...flow]
}

/** The terms of further delegation, as written. */
const delegationIn = (document: JsonObject): JsonObject | undefined =>
  (document.credentialSubject as { permission?: { delegation?: JsonObject } }).permission
    ?.delegation

async function sign(
  { identities, clock, crypto }: Needs,
  did: Did,
  document: JsonObject,
): Promise<JsonObject> {
  const { signer, verificationMethod } = await identities.signer(did)
  const proof = { verificationMethod, proofPurpose: 'assertionMethod', created: clock() } as const
  return secureWithDataIntegrity(document, proof, signer, crypto)
}

/** The caller's own chain, in good standing. */
async function lineOf(needs: Needs, chain: readonly JsonObject[], holder: Did) {
  const presented = chain.map((json) => ({ json, canonical: canonicalize(json) }))
  const authentic = await authenticateAll(needs, { credentials: presented })
  if (!areAuthentic(authentic)) throw notAccepted(authentic.find(isRefusal)!)
  const presentation = { holder, credentials: presented }
  const accepted = await acceptPresented(needs, presentation, authentic, () => undefined, 'all')
  if (isRefusal(accepted)) throw notAccepted(accepted)
  const [one, ...others] = accepted
  if (!one || others.length > 0)
    throw new ServiceError('request_unprocessable', 'chain must hold exactly one complete chain')
  return one.line
}

const notAccepted = ({ refused, detail }: Refusal) =>
  new ServiceError('request_unprocessable', `the chain is not accepted: ${refused}: ${detail}`)

function checkNarrowing(document: JsonObject, line: readonly PresentedLink[]): void {
  const child = parseCredential(document)
  const links = [...line.map(({ credential }) => credential), child].map((one) =>
    isRefusal(one) ? one : linkOf(one),
  )
  const flaw = links.find(isRefusal) ?? flawOfLinks(links as readonly Link[])
  if (flaw) throw new ServiceError('permission_invalid', `${flaw.refused}: ${flaw.detail}`)
}

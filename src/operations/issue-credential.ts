import type { Caller } from '../agent/caller.ts'
import { type Credential, taskPermissionType } from '../credential/credential.ts'
import type { IssuedCredential } from '../credential/credential-store.ts'
import type { Issuer } from '../credential/issuer.ts'
import { asList, parseCredential } from '../credential/parse-credential.ts'
import type { Deps } from '../deps.ts'
import { ServiceError } from '../errors.ts'
import { type Id, newId } from '../id.ts'
import type { JsonObject } from '../json.ts'
import { isRefusal } from '../refusal.ts'
import { formatTime } from '../time.ts'
import type { IssuedAnswer } from './issue-permission.ts'

type Needs = Pick<
  Deps,
  | 'clock'
  | 'crypto'
  | 'commit'
  | 'issuers'
  | 'agents'
  | 'credentials'
  | 'nextSlot'
  | 'statusEntries'
  | 'secureCredential'
>

/**
 * Issues any VCDM 2.0 credential. `id`, `issuer` and a status entry are added; a given id is kept,
 * another issuer than this one is refused. Task permissions have their own way, with its checks.
 *
 * @see https://w3c-ccg.github.io/vc-api/#issue-credential
 */
export async function issueCredential(
  needs: Needs,
  caller: Caller,
  issuer: Issuer,
  given: JsonObject,
): Promise<IssuedAnswer> {
  if (issuer.state !== 'active') throw new ServiceError('issuer_retired', 'the issuer is retired')
  if ('proof' in given)
    throw new ServiceError('credential_malformed', 'the credential is secured already')
  const now = needs.clock()
  const id = newId(now, needs.crypto.randomBytes)
  const named = {
    ...given,
    ...('issuer' in given ? {} : { issuer: issuer.did }),
    ...('id' in given ? {} : { id: `urn:uuid:${id}` }),
  }
  const parsed = parseCredential(named)
  if (isRefusal(parsed)) throw new ServiceError('credential_malformed', parsed.detail)
  if (parsed.issuer !== issuer.did)
    throw new ServiceError('credential_malformed', 'issuer must be this issuer, or absent')
  if (parsed.types.includes(taskPermissionType))
    throw new ServiceError(
      'request_unprocessable',
      'task permissions are issued by POST /agents/{id}/credentials',
    )

  const slot = await needs.nextSlot(issuer.id)
  const status = [
    ...asList(given.credentialStatus),
    ...(await needs.statusEntries(issuer.id, slot)),
  ]
  const secured = await needs.secureCredential(
    issuer,
    { ...named, credentialStatus: status },
    issuer.mechanism,
  )
  const subjectAgent = await agentOf(needs, parsed)
  const issued: IssuedCredential = {
    id,
    credentialId: parsed.id!,
    issuerId: issuer.id,
    agentId: subjectAgent,
    taskId: null,
    type: parsed.types.find((type) => type !== 'VerifiableCredential') ?? 'VerifiableCredential',
    slot,
    validFrom: parsed.validFrom ?? null,
    validUntil: parsed.validUntil ?? null,
    createdAt: now,
    secured,
  }
  const facts = {
    credential: id,
    issuer: issuer.id,
    type: issued.type,
    agent: subjectAgent,
    task: null,
    validUntil: parsed.validUntil === undefined ? null : formatTime(parsed.validUntil),
  }
  return needs.commit(
    [
      needs.issuers.mustBeActive(issuer.id),
      ...(subjectAgent ? [needs.agents.mustBeActive(subjectAgent)] : []),
      needs.credentials.add(issued),
    ],
    [{ type: 'credential.issued', actor: caller.actor, facts }],
    { id, credential: secured },
  )
}

/** What is issued to an agent of ours goes when the agent goes. */
async function agentOf(needs: Needs, { subjects }: Credential): Promise<Id | null> {
  const [subject] = subjects
  if (typeof subject?.id !== 'string' || !subject.id.startsWith('did:')) return null
  return (await needs.agents.findByDid(subject.id as `did:${string}`))?.id ?? null
}

import type { ListedCredential } from '../../credential/credential-store.ts'
import type { Deps } from '../../deps.ts'
import type { Caller } from '../../directory/caller.ts'
import { ServiceError } from '../../foundation/errors.ts'
import type { StatusCause } from '../../status/status-store.ts'
import type { Change } from '../common/change.ts'

type Needs = Pick<Deps, 'clock' | 'status' | 'issuers'>

/** Status cause of a direct order. The agent and the task have causes of their own. */
const cause = 'order'

export interface CredentialStatus {
  readonly id: ListedCredential['id']
  readonly revocation: readonly StatusCause[]
  readonly suspension: readonly StatusCause[]
  /** Null if the issuer defines no messages. */
  readonly message: { readonly value: number; readonly text: string } | null
}

export async function credentialStatus(
  needs: Pick<Needs, 'status' | 'issuers'>,
  { id, issuerId, slot }: ListedCredential,
): Promise<CredentialStatus> {
  const messages = (await needs.issuers.find(issuerId))?.statusMessages
  const [status] = await needs.status.slots(issuerId, [slot])
  return {
    id,
    revocation: await needs.status.causes(issuerId, 'revocation', slot),
    suspension: await needs.status.causes(issuerId, 'suspension', slot),
    message: messages ? { value: status!.message, text: messages[status!.message]! } : null,
  }
}

/** Permanent. Revoking again changes nothing. */
export async function revokeCredential(
  needs: Needs,
  { actor }: Caller,
  credential: ListedCredential,
): Promise<Change<null>> {
  const { id, issuerId, slot } = credential
  return {
    writes: needs.status.addCause(issuerId, 'revocation', slot, cause, needs.clock()),
    events: [{ type: 'credential.revoked', actor, facts: { credential: id, cause } }],
    answer: null,
  }
}

export async function suspendCredential(
  needs: Needs,
  { actor }: Caller,
  credential: ListedCredential,
): Promise<Change<null>> {
  const { id, issuerId, slot } = credential
  return {
    writes: needs.status.addCause(issuerId, 'suspension', slot, cause, needs.clock()),
    events: [{ type: 'credential.suspended', actor, facts: { credential: id, cause } }],
    answer: null,
  }
}

/** Removes the direct order; suspensions with another cause stay. */
export async function resumeCredential(
  needs: Needs,
  { actor }: Caller,
  credential: ListedCredential,
): Promise<Change<null>> {
  const { id, issuerId, slot } = credential
  if (credential.state === 'revoked')
    throw new ServiceError('status_irreversible', 'a revoked credential stays revoked')
  return {
    writes: needs.status.removeSuspension(issuerId, slot, cause),
    events: [{ type: 'credential.resumed', actor, facts: { credential: id, cause } }],
    answer: null,
  }
}

/**
 * Sets one of the issuer's status messages for a credential. Messages inform and deny nothing.
 *
 * @throws ServiceError `request_unprocessable` if the issuer has no such message.
 */
export async function setCredentialMessage(
  needs: Needs,
  { actor }: Caller,
  credential: ListedCredential,
  value: number,
): Promise<Change<null>> {
  const { id, issuerId, slot } = credential
  const text = (await needs.issuers.find(issuerId))?.statusMessages?.[value]
  if (text === undefined)
    throw new ServiceError(
      'request_unprocessable',
      'the issuer has no message with this value: GET /issuers/{name} lists them as statusMessages',
    )
  return {
    writes: needs.status.setMessage(issuerId, slot, value, needs.clock()),
    events: [{ type: 'credential.message-set', actor, facts: { credential: id, value, text } }],
    answer: null,
  }
}

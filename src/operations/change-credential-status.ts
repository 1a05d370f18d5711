import type { Caller } from '../agent/caller.ts'
import type { ListedCredential } from '../credential/credential-store.ts'
import type { Deps } from '../deps.ts'
import { ServiceError } from '../errors.ts'
import type { StatusCause } from '../status/status-store.ts'

type Needs = Pick<Deps, 'clock' | 'commit' | 'status'>

/** The cause that a direct order is: it stands beside those of the agent and the task. */
const cause = 'order'

export interface CredentialStatus {
  readonly id: ListedCredential['id']
  readonly revocation: readonly StatusCause[]
  readonly suspension: readonly StatusCause[]
}

export async function credentialStatus(
  needs: Pick<Needs, 'status'>,
  { id, issuerId, slot }: ListedCredential,
): Promise<CredentialStatus> {
  return {
    id,
    revocation: await needs.status.causes(issuerId, 'revocation', slot),
    suspension: await needs.status.causes(issuerId, 'suspension', slot),
  }
}

/** For good: there is no way back. Revoking twice changes nothing. */
export async function revokeCredential(
  needs: Needs,
  { actor }: Caller,
  credential: ListedCredential,
): Promise<CredentialStatus> {
  const { id, issuerId, slot } = credential
  await needs.commit(
    needs.status.addCause(issuerId, 'revocation', slot, cause, needs.clock()),
    [{ type: 'credential.revoked', actor, facts: { credential: id, cause } }],
    null,
  )
  return credentialStatus(needs, credential)
}

export async function suspendCredential(
  needs: Needs,
  { actor }: Caller,
  credential: ListedCredential,
): Promise<CredentialStatus> {
  const { id, issuerId, slot } = credential
  await needs.commit(
    needs.status.addCause(issuerId, 'suspension', slot, cause, needs.clock()),
    [{ type: 'credential.suspended', actor, facts: { credential: id, cause } }],
    null,
  )
  return credentialStatus(needs, credential)
}

/** Takes the direct order away; a suspension with another cause stays. */
export async function resumeCredential(
  needs: Needs,
  { actor }: Caller,
  credential: ListedCredential,
): Promise<CredentialStatus> {
  const { id, issuerId, slot } = credential
  if (credential.state === 'revoked')
    throw new ServiceError('status_irreversible', 'a revoked credential stays revoked')
  await needs.commit(
    needs.status.removeSuspension(issuerId, slot, cause),
    [{ type: 'credential.resumed', actor, facts: { credential: id, cause } }],
    null,
  )
  return credentialStatus(needs, credential)
}

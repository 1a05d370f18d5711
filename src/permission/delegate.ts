import { taskPermissionType } from '../credential/credential.ts'
import type { Did } from '../did/syntax.ts'
import type { JsonArray, JsonObject } from '../foundation/json.ts'
import { formatTime, type Milliseconds } from '../foundation/time.ts'
import { credentialsV2, procuraV1 } from '../linked-data/context-urls.ts'
import { permissionVersion } from './permission.ts'

/** What a holder delegates. Absent members are as in the parent. */
export interface DelegationRequest {
  /** DID of the agent that receives the permission. */
  readonly subject: Did
  /**
   * Each names in `from` the parent's grant that it narrows. Absent: all of the parent's grants,
   * unchanged.
   */
  readonly grants?: JsonArray | undefined
  readonly audience?: readonly Did[] | undefined
  /** Terms under which the subject may delegate further. Absent: it may not. */
  readonly delegation?: JsonObject | undefined
}

export interface DelegatedOptions {
  readonly id: string
  readonly digest: string
  readonly validFrom: Milliseconds
  readonly validUntil: Milliseconds
  /** Status entries reserved by the service; empty for a permission of at most 15 minutes. */
  readonly status: readonly JsonObject[]
}

/**
 * Builds the credential by which the subject of `parent` delegates, to be signed by that subject.
 * `attenuate` checks whether it is within the parent.
 *
 * @param parent the credential to narrow; its securing is not checked.
 * @see permission-model.md, 3
 */
export function delegatedCredential(
  parent: JsonObject,
  { subject, grants, audience, delegation }: DelegationRequest,
  { id, digest, validFrom, validUntil, status }: DelegatedOptions,
): JsonObject {
  const held = parent.credentialSubject as JsonObject
  const permission = held.permission as JsonObject
  // In canonical order, which is the fastest to write and read.
  return {
    '@context': [credentialsV2, procuraV1],
    ...(status.length === 0 ? {} : { credentialStatus: status }),
    credentialSubject: {
      id: subject,
      permission: {
        audience: audience ?? permission.audience!,
        ...(delegation === undefined ? {} : { delegation }),
        grants: grants ?? (permission.grants as readonly JsonObject[]).map(asChild),
        parent: { digest, id: parent.id! },
        principal: permission.principal!,
        task: permission.task!,
        version: permissionVersion,
      },
    },
    id,
    issuer: held.id!,
    type: ['VerifiableCredential', taskPermissionType],
    validFrom: formatTime(validFrom),
    validUntil: formatTime(validUntil),
  }
}

const asChild = (grant: JsonObject): JsonObject => ({ ...grant, from: grant.id! })

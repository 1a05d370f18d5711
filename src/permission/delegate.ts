import { taskPermissionType } from '../credential/credential.ts'
import type { Did } from '../did/syntax.ts'
import type { JsonArray, JsonObject } from '../foundation/json.ts'
import { formatTime, type Milliseconds } from '../foundation/time.ts'
import { credentialsV2, procuraV1 } from '../linked-data/context-urls.ts'
import { permissionVersion } from './permission.ts'

/** What a holder gives on of its own. What is left out is as it is in the parent. */
export interface DelegationRequest {
  /** To whom. */
  readonly subject: Did
  /** Each names in `from` the grant of the parent that it narrows. Absent: all of the parent's, as they are. */
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
  /** Entries that the service reserved; empty for a permission of 15 minutes at most. */
  readonly status: readonly JsonObject[]
}

/**
 * The credential by which the subject of `parent` gives part of it to another, to be signed by that
 * subject. Whether it is within the parent is for `attenuate` to say.
 *
 * @param parent the credential that is narrowed; what secures it is not looked at.
 * @see permission-model.md, 3
 */
export function delegatedCredential(
  parent: JsonObject,
  { subject, grants, audience, delegation }: DelegationRequest,
  { id, digest, validFrom, validUntil, status }: DelegatedOptions,
): JsonObject {
  const held = parent.credentialSubject as JsonObject
  const permission = held.permission as JsonObject
  // In canonical order, in which it is written and read fastest.
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

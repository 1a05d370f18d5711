import type { Write } from '../foundation/database.ts'
import type { Id } from '../foundation/id.ts'
import { isObject, type JsonObject } from '../foundation/json.ts'
import type { PageRequest } from '../foundation/page.ts'
import type { Milliseconds } from '../foundation/time.ts'
import type { IssuanceBasis } from './issuance-basis.ts'
import { typeInEnvelope } from './jose.ts'

/** A credential issued here. */
export interface IssuedCredential {
  readonly id: Id
  /** The credential's own `id`. */
  readonly credentialId: string
  readonly issuerId: Id
  readonly agentId: Id | null
  readonly taskId: Id | null
  readonly type: string
  /** Its slot in the status lists: see StatusStore. */
  readonly slot: number
  readonly validFrom: Milliseconds | null
  readonly validUntil: Milliseconds | null
  readonly createdAt: Milliseconds
  /** The secured form, as issued. */
  readonly secured: JsonObject
  /** The same credential in other forms, by securing mechanism; null if there are none. */
  readonly forms: JsonObject | null
  /** Why it was issued. */
  readonly basis: IssuanceBasis
}

/** Whether it was issued in a form that only the holder of one key can present. */
export const isKeyBound = ({ secured, forms }: Pick<IssuedCredential, 'secured' | 'forms'>) =>
  [secured, ...Object.values(forms ?? {})].some(
    (form) => isObject(form) && typeInEnvelope(form) === 'dc+sd-jwt',
  )

export const credentialStates = ['active', 'suspended', 'revoked', 'expired'] as const
export type CredentialState = (typeof credentialStates)[number]

export interface CredentialFilter {
  readonly agentId?: Id | undefined
  readonly taskId?: Id | undefined
  readonly issuerId?: Id | undefined
  readonly state?: CredentialState | undefined
}

export interface ListedCredential extends IssuedCredential {
  readonly state: CredentialState
}

export interface CredentialStore {
  find(id: Id, now: Milliseconds): Promise<ListedCredential | undefined>
  /** All credentials with this `id`: an issuer may be asked to issue the same one twice. */
  findByCredentialId(credentialId: string, now: Milliseconds): Promise<readonly ListedCredential[]>
  list(
    filter: CredentialFilter,
    page: PageRequest,
    now: Milliseconds,
  ): Promise<readonly ListedCredential[]>
  /** Ids of task permissions that rest only on their issuer's word. */
  onIssuersWord(now: Milliseconds, limit: number): Promise<readonly Id[]>
  add(credential: IssuedCredential): Write
  /**
   * Fails the whole commit with `holdings_known` unless the agent holds exactly this many live
   * credentials.
   */
  mustHold(agentId: Id, count: number, now: Milliseconds): Write
}

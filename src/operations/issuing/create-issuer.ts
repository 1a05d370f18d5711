import type { Actor, AuditEvent } from '../../audit/event.ts'
import { type Issuer, keyKindsOf, type SecuringMechanism } from '../../credential/issuer.ts'
import type { Deps } from '../../deps.ts'
import type { Write } from '../../foundation/database.ts'
import { ServiceError } from '../../foundation/errors.ts'
import { newId } from '../../foundation/id.ts'
import type { KeyKind } from '../../keys/algorithm.ts'
import type { Change } from '../common/change.ts'

type Needs = Pick<Deps, 'clock' | 'crypto' | 'issuers' | 'identities' | 'settings'>

export interface IssuerRequest {
  readonly name: string
  readonly didMethod: 'key' | 'web'
  readonly mechanism: SecuringMechanism
  readonly keyKind?: KeyKind | undefined
  /** Meanings of the values of the status `message`; their number is a power of two. */
  readonly statusMessages?: readonly string[] | null | undefined
}

export async function createIssuer(
  needs: Needs,
  { actor }: { readonly actor: Actor },
  request: IssuerRequest,
): Promise<Change<Issuer>> {
  const { issuer, writes, event } = await prepareIssuer(needs, actor, request)
  return { writes: writes, events: [event], answer: issuer }
}

/**
 * The issuer, with the writes that create it. The first issuer is created together with an
 * administrator.
 */
export async function prepareIssuer(
  needs: Needs,
  actor: Actor,
  {
    name,
    didMethod,
    mechanism,
    keyKind = keyKindsOf[mechanism][0]!,
    statusMessages = null,
  }: IssuerRequest,
): Promise<{
  readonly issuer: Issuer
  readonly writes: readonly Write[]
  readonly event: AuditEvent
}> {
  if (!keyKindsOf[mechanism].includes(keyKind))
    throw new ServiceError(
      'request_unprocessable',
      `${mechanism} does not sign with a ${keyKind} key`,
    )
  if (didMethod === 'web' && !needs.settings.publicUrl.startsWith('https://'))
    throw new ServiceError(
      'request_unprocessable',
      'did:web needs an https public URL: set PROCURA_PUBLIC_URL',
    )
  const place =
    didMethod === 'key'
      ? ({ method: 'key' } as const)
      : {
          method: 'web' as const,
          path: name === needs.settings.defaultIssuer ? [] : ['issuers', name],
        }
  const { did, writes } = await needs.identities.create(keyKind, place)
  const now = needs.clock()
  const issuer: Issuer = {
    id: newId(now, needs.crypto.randomBytes),
    name,
    did,
    keyKind,
    mechanism,
    statusMessages,
    state: 'active',
    createdAt: now,
  }
  return {
    issuer,
    writes: [...writes, needs.issuers.add(issuer)],
    event: { type: 'issuer.created', actor, facts: { issuer: issuer.id, did, mechanism } },
  }
}

import type { Issuer } from '../../credential/issuer.ts'
import type { Deps } from '../../deps.ts'
import { prepareAdministrator } from '../administering/prepare-administrator.ts'
import type { Change } from '../common/change.ts'
import { type IssuerRequest, prepareIssuer } from '../issuing/create-issuer.ts'

type Needs = Pick<
  Deps,
  'clock' | 'crypto' | 'people' | 'apiKeys' | 'issuers' | 'identities' | 'settings'
>

export interface Initialized {
  readonly issuer: Issuer
  /** The administrator's token: shown once, not stored. Absent if it was given. */
  readonly adminToken: string | undefined
}

/** First start: creates the first issuer, and an administrator with one API key, in one commit. */
export async function initialize(
  needs: Needs,
  {
    issuer: request,
    adminToken: given,
    adminName,
  }: {
    readonly issuer: IssuerRequest
    readonly adminToken?: string | undefined
    readonly adminName: string
  },
): Promise<Change<Initialized>> {
  const { issuer, writes, event } = await prepareIssuer(needs, 'service', request)
  const administrator = await prepareAdministrator(needs, adminName, 'first administrator', given)
  return {
    writes: [...writes, ...administrator.writes],
    events: [
      { type: 'service.initialized', actor: 'service', facts: { issuer: issuer.id } },
      event,
      ...administrator.events,
    ],
    answer: { issuer, adminToken: administrator.token },
  }
}

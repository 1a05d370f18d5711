import { makeToken, readToken } from '../agent/api-key.ts'
import type { Issuer } from '../credential/issuer.ts'
import type { Deps } from '../deps.ts'
import { ServiceError } from '../errors.ts'
import { newId } from '../id.ts'
import { type IssuerRequest, prepareIssuer } from './create-issuer.ts'
import { newPerson } from './create-person.ts'

type Needs = Pick<
  Deps,
  'clock' | 'crypto' | 'commit' | 'people' | 'apiKeys' | 'issuers' | 'identities' | 'settings'
>

export interface Initialized {
  readonly issuer: Issuer
  /** The administrator's token: shown once, kept nowhere. Absent if it was given. */
  readonly adminToken: string | undefined
}

const adminLifetime = 366 * 86_400_000

/** First start: the first issuer, and a person who administers with one API key, in one commit. */
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
): Promise<Initialized> {
  const { issuer, writes, event } = await prepareIssuer(needs, 'service', request)
  const now = needs.clock()
  const person = newPerson(newId(now, needs.crypto.randomBytes), adminName, now)
  const fresh = { id: newId(now, needs.crypto.randomBytes), secret: needs.crypto.randomBytes(32) }
  const { id, secret } = given === undefined ? fresh : (readToken(given) ?? malformedToken())
  const key = {
    id,
    name: 'first administrator',
    holder: { kind: 'person', id: person.id },
    scopes: ['administrator', 'owner', 'auditor'],
    digest: await needs.crypto.sha256(secret),
    createdAt: now,
    expiresAt: now + adminLifetime,
    revokedAt: null,
  } as const
  await needs.commit(
    [...writes, needs.people.add(person), needs.apiKeys.add(key)],
    [
      { type: 'service.initialized', actor: 'service', facts: { issuer: issuer.id } },
      event,
      { type: 'person.created', actor: 'service', facts: { person: person.id } },
      {
        type: 'api-key.created',
        actor: 'service',
        facts: { apiKey: id, holder: `person:${person.id}`, scopes: key.scopes },
      },
    ],
    null,
  )
  return { issuer, adminToken: given === undefined ? makeToken(id, secret) : undefined }
}

function malformedToken(): never {
  throw new ServiceError(
    'configuration_invalid',
    'PROCURA_ADMIN_KEY is no API key: make one with "procura key generate"',
  )
}

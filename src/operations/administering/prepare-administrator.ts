import type { AuditEvent } from '../../audit/event.ts'
import type { Deps } from '../../deps.ts'
import { makeToken, readToken } from '../../directory/api-key.ts'
import type { Write } from '../../foundation/database.ts'
import { ServiceError } from '../../foundation/errors.ts'
import { type Id, newId } from '../../foundation/id.ts'
import { newPerson } from './create-person.ts'

type Needs = Pick<Deps, 'clock' | 'crypto' | 'people' | 'apiKeys'>

export interface PreparedAdministrator {
  readonly person: Id
  readonly apiKey: Id
  /** Not stored. Absent if it was given. */
  readonly token: string | undefined
  readonly writes: readonly Write[]
  readonly events: readonly AuditEvent[]
}

const lifetime = 366 * 86_400_000

/**
 * Prepares a person who administers with one API key. The operator of the service writes it when no
 * administrator exists who could.
 *
 * @param given the token, if it was chosen beforehand.
 * @throws ServiceError `configuration_invalid` if it is not a valid token.
 */
export async function prepareAdministrator(
  needs: Needs,
  name: string,
  keyName: string,
  given?: string | undefined,
): Promise<PreparedAdministrator> {
  const now = needs.clock()
  const person = newPerson(newId(now, needs.crypto.randomBytes), name, now)
  const fresh = { id: newId(now, needs.crypto.randomBytes), secret: needs.crypto.randomBytes(32) }
  const { id, secret } = given === undefined ? fresh : (readToken(given) ?? malformedToken())
  const key = {
    id,
    name: keyName,
    holder: { kind: 'person', id: person.id },
    scopes: ['administrator', 'owner', 'auditor'],
    digest: await needs.crypto.sha256(secret),
    madeBy: 'service',
    createdAt: now,
    expiresAt: now + lifetime,
    revokedAt: null,
  } as const
  return {
    person: person.id,
    apiKey: id,
    token: given === undefined ? makeToken(id, secret) : undefined,
    writes: [needs.people.add(person), ...needs.apiKeys.add(key)],
    events: [
      { type: 'person.created', actor: 'service', facts: { person: person.id, roles: [] } },
      {
        type: 'api-key.created',
        actor: 'service',
        facts: { apiKey: id, holder: `person:${person.id}`, scopes: key.scopes },
      },
    ],
  }
}

function malformedToken(): never {
  throw new ServiceError(
    'configuration_invalid',
    'PROCURA_ADMIN_KEY is not an API key: make one with "procura key generate"',
  )
}

import type { Write } from '../foundation/database.ts'
import { fromBase64url, toBase64url } from '../foundation/encoding.ts'
import { type Id, idBytes, idText } from '../foundation/id.ts'
import type { PageRequest } from '../foundation/page.ts'
import type { Milliseconds, Seconds } from '../foundation/time.ts'

/** What an API key may be used for. http/access.ts lists which scope may call which route. */
export const scopes = [
  'administrator',
  'owner',
  'issuer',
  'verifier',
  'auditor',
  'approver',
  'provisioner',
] as const
/** What an API key may be used for. */
export type Scope = (typeof scopes)[number]

export type KeyHolder =
  | { readonly kind: 'person'; readonly id: Id }
  | { readonly kind: 'system'; readonly id: Id }
  | { readonly kind: 'agent'; readonly id: Id }

/** An API key as stored: only the digest of its secret. */
export interface ApiKey {
  readonly id: Id
  readonly name: string
  readonly holder: KeyHolder
  readonly scopes: readonly Scope[]
  readonly digest: Uint8Array
  /** Who got its secret when it was made or last rotated; null if an earlier version made it. */
  readonly madeBy: string | null
  readonly createdAt: Milliseconds
  readonly expiresAt: Milliseconds
  readonly revokedAt: Milliseconds | null
}

export const apiKeyLifetime = { default: 90 * 86_400, max: 366 * 86_400 } as const satisfies Record<
  string,
  Seconds
>

export interface ApiKeyStore {
  find(id: Id): Promise<ApiKey | undefined>
  /** The key, if its holder may act: a person who has not left, an active agent, or a system. */
  findOfActing(id: Id): Promise<ApiKey | undefined>
  /** Fails the whole commit with `holder_acts` unless the holder may act. */
  mustAct(holder: KeyHolder): Write
  list(page: PageRequest): Promise<readonly ApiKey[]>
  /** Also records the maker, for good. */
  add(key: ApiKey): readonly Write[]
  /**
   * Replaces secret, expiry and maker. Fails the whole commit with `api_key_live` if the key is
   * revoked.
   */
  replaceSecret(
    key: Pick<ApiKey, 'id' | 'holder' | 'digest' | 'expiresAt' | 'madeBy'>,
  ): readonly Write[]
  /** Who made, or last rotated, the live keys of these holders. */
  liveMakers(holders: readonly Id[], now: Milliseconds): Promise<readonly string[]>
  /** Everyone who ever made or rotated a key of the holder. */
  makersOf(holder: Id): Promise<readonly string[]>
  revoke(id: Id, at: Milliseconds): Write
  revokeAllOf(holder: KeyHolder, at: Milliseconds): Write
  /** Whether the person holds a live administrator key. */
  administers(person: Id, now: Milliseconds): Promise<boolean>
  /**
   * Precedes the write that ends a key, or all keys of a person. Fails the whole commit with
   * `last_administrator` if they administer, and no other active administrator exists at that
   * moment.
   */
  mustLeaveAdministrator(
    ending: { readonly key: Id } | { readonly person: Id },
    now: Milliseconds,
  ): readonly Write[]
}

const prefix = 'procura_'
const secretLength = 32

/** The token that a caller sends: `procura_`, 22 characters of id, 43 of secret. */
export const makeToken = (id: Id, secret: Uint8Array): string =>
  `${prefix}${toBase64url(idBytes(id))}${toBase64url(secret)}`

export function readToken(
  token: string,
): { readonly id: Id; readonly secret: Uint8Array } | undefined {
  if (!token.startsWith(prefix) || token.length !== prefix.length + 65) return undefined
  const id = fromBase64url(token.slice(prefix.length, prefix.length + 22))
  const secret = fromBase64url(token.slice(prefix.length + 22))
  return id?.length === 16 && secret?.length === secretLength
    ? { id: idText(id), secret }
    : undefined
}

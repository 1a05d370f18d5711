import { isDelegation } from '../credential/issuance-basis.ts'
import type { IssuerStore, TrustedIssuerStore } from '../credential/issuer.ts'
import type { IsTrusted } from '../credential/trust.ts'
import type { Deps } from '../deps.ts'
import type { Did } from '../did/syntax.ts'
import { recall } from '../foundation/cache.ts'
import type { Memory } from '../foundation/memory.ts'
import type { Clock } from '../foundation/time.ts'

/**
 * Our own issuers are cached permanently; others are looked up in the list of trusted issuers each
 * time.
 */
export function makeIsTrusted(
  issuers: IssuerStore,
  trusted: TrustedIssuerStore,
  memory: Memory,
): IsTrusted {
  const ours = memory.cache<true>('own_issuers', { entries: 1_000, lifetime: 60_000 })
  const isOurs = async (did: Did) => ((await issuers.findByDid(did)) ? (true as const) : undefined)
  return async (did, type) =>
    (await recall(ours, did, () => isOurs(did))) ?? trusted.isTrusted(did, type)
}

/** The delegation document that the service prepared under an id, if one of its issuers signed the root. */
export function makePreparedLookUp(
  { issuers, credentials }: Pick<Deps, 'issuers' | 'credentials'>,
  clock: Clock,
): Deps['preparedDelegation'] {
  return async (rootIssuer, id) => {
    const issuer = await issuers.findByDid(rootIssuer as Did)
    if (!issuer) return 'foreign'
    const found = await credentials.findByCredentialId(id, clock())
    const prepared = found.find(
      ({ basis, issuerId }) => isDelegation(basis) && issuerId === issuer.id,
    )
    return prepared?.secured
  }
}

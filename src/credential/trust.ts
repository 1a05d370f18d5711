import type { Did } from '../did/syntax.ts'
import { after, type MaybePromise } from '../foundation/maybe-promise.ts'
import { type Refusal, refuse } from '../foundation/refusal.ts'
import type { ParsedCredential } from './credential.ts'

/**
 * Whether this issuer is trusted for credentials of this type. Our own issuers are; others only
 * through `/trusted-issuers`. An empty list trusts nobody else.
 */
export type IsTrusted = (issuer: Did, type: string) => boolean | Promise<boolean>

/**
 * The issuer must be trusted for every type except VerifiableCredential itself.
 *
 * @param issuer who must be trusted: for a delegated credential, the issuer of the chain's root.
 */
export function flawOfTrust(
  credential: ParsedCredential,
  isTrusted: IsTrusted,
  issuer: string = credential.issuer,
): MaybePromise<Refusal | undefined> {
  const types =
    credential.types.length === 1
      ? credential.types
      : credential.types.filter((type) => type !== 'VerifiableCredential')
  return types.reduce<MaybePromise<Refusal | undefined>>(
    (before, type) =>
      after(before, (flaw) => flaw ?? after(isTrusted(issuer as Did, type), untrustedUnless)),
    undefined,
  )
}

const untrustedUnless = (trusted: boolean): Refusal | undefined =>
  trusted ? undefined : refuse('issuer_untrusted')

import type { Did } from '../did/syntax.ts'
import { after, type MaybePromise } from '../foundation/maybe-promise.ts'
import { type Refusal, refuse } from '../foundation/refusal.ts'
import type { ParsedCredential } from './credential.ts'

/**
 * Whether this issuer may be relied on for credentials of this type. Our own issuers are; another
 * only where `/trusted-issuers` says so. An empty list trusts nobody else.
 */
export type IsTrusted = (issuer: Did, type: string) => boolean | Promise<boolean>

/**
 * Every type beside VerifiableCredential itself must be one that the issuer is trusted for.
 *
 * @param issuer who must be trusted: of a delegated credential, the issuer of the chain's root.
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

import {
  authenticateCredential,
  parseSecuredCredential,
  type SecuredCredential,
  signersOf,
  tokenOf,
} from '../../credential/authenticate-credential.ts'
import type { Accepted, Authentic } from '../../credential/credential.ts'
import { flawOfExpiry } from '../../credential/proof.ts'
import { flawOfSchemas } from '../../credential/schema.ts'
import { flawOfClaimTimes } from '../../credential/token-claims.ts'
import { flawOfTrust } from '../../credential/trust.ts'
import { flawOfValidity } from '../../credential/validity.ts'
import type { Deps, Settings } from '../../deps.ts'
import type { Budget } from '../../foundation/budget.ts'
import { canonicalize, withoutMember } from '../../foundation/canonical.ts'
import { isObject, type JsonObject, type JsonValue } from '../../foundation/json.ts'
import { after, type MaybePromise } from '../../foundation/maybe-promise.ts'
import { isRefusal, type Refusal, refuse } from '../../foundation/refusal.ts'
import type { Seconds } from '../../foundation/time.ts'
import { judgeStatus, type ToldStatus } from '../../status/judge-status.ts'
import { nominate, remembered } from './remember-credential.ts'

export type JudgeNeeds = Pick<
  Deps,
  | 'clock'
  | 'crypto'
  | 'compression'
  | 'fetch'
  | 'resolveDid'
  | 'isTrusted'
  | 'ownStatus'
  | 'foreignLists'
  | 'newestLists'
  | 'foreignSchemas'
  | 'authenticCredentials'
  | 'preparedDelegation'
> & {
  readonly settings: Pick<Settings, 'ownDid'>
  /** Of the request that causes the work. */
  readonly budget: Budget
  /**
   * Given for a single credential. Credentials in a presentation are remembered for all requests,
   * so it does not apply to them.
   */
  readonly knownContexts?: readonly JsonObject[] | undefined
}

/** A credential that may be relied on now, with the age of its status. */
export interface Judged {
  readonly credential: Accepted<SecuredCredential>
  readonly statusAge: Seconds
  readonly statusPurposes: readonly string[]
  /** Status messages, which deny nothing. */
  readonly told: readonly ToldStatus[]
}

/**
 * Parses a secured credential and checks its signature, or returns it from memory. Nothing is
 * fetched to check a signature of a signer that nobody trusts.
 *
 * @param presented JCS form of a credential in a presentation. These come again and are remembered
 *   once accepted; a credential that is verified alone hardly ever does.
 * @param isVouchedFor whether an accepted credential names its issuer as subject. The issuer may
 *   then be looked up without being trusted.
 */
export async function authenticate(
  needs: JudgeNeeds,
  json: JsonValue,
  presented?: string,
  isVouchedFor = false,
): Promise<Authentic<SecuredCredential> | Refusal> {
  if (!isObject(json)) return refuse('malformed', 'the credential is not an object')
  const begun = needs.authenticCredentials.generation
  const known = remembered(needs, json, presented)
  if (known) return known
  const parsed = parseSecuredCredential(json)
  if (isRefusal(parsed)) return parsed
  for (const signer of new Set(signersOf(parsed))) {
    // Anyone can add a proof, so a signer that only a proof names is looked up only if this
    // verifier trusts it.
    if ((isVouchedFor && signer === parsed.issuer) || !needsNetwork(signer, needs)) continue
    const flaw = await flawOfTrust(parsed, needs.isTrusted, signer)
    if (flaw) return flaw
  }
  const covered =
    // Except where unsigned contexts were left out.
    presented && isObject(json.proof) && parsed.document['@context'] === json['@context']
      ? withoutMember(presented, 'proof', canonicalize(json.proof))
      : undefined
  const authentic = await authenticateCredential(needs, parsed, covered)
  if (presented && !isRefusal(authentic)) nominate(authentic, presented, begun)
  return authentic
}

/**
 * Judges whether an authentic credential may be relied on now: trusted issuer, valid time, good
 * standing.
 *
 * @param root for a delegated credential, the first of its chain: its issuer must be trusted.
 */
export function accept(
  needs: JudgeNeeds,
  credential: Authentic<SecuredCredential>,
  root: Authentic<SecuredCredential> = credential,
): MaybePromise<Judged | Refusal> {
  const trust = flawOfTrust(credential, needs.isTrusted, root.issuer)
  return after<Refusal | undefined, Judged | Refusal>(
    trust,
    (untrusted) =>
      untrusted ??
      flawOfTime(needs, credential) ??
      flawOfTerms(credential) ??
      after(judgeStatus(needs, credential, root), (status) =>
        isRefusal(status)
          ? status
          : after(flawOfNamedSchemas(needs, credential, root), (flaw) =>
              flaw
                ? flaw
                : {
                    credential: credential as Accepted<SecuredCredential>,
                    statusAge: status.ageSeconds,
                    statusPurposes: status.purposes,
                    told: status.told,
                  },
            ),
      ),
  )
}

/** Last, so that schemas are fetched only for a credential that is otherwise good. */
const flawOfNamedSchemas = (
  needs: JudgeNeeds,
  credential: Authentic<SecuredCredential>,
  root: Authentic<SecuredCredential>,
): MaybePromise<Refusal | undefined> => {
  if (credential.document.credentialSchema === undefined) return undefined
  // Trust in the root issuer does not extend to a schema that a later signer names.
  return credential === root
    ? flawOfSchemas(needs, credential)
    : refuse('permission_malformed', 'a delegated permission names no schema')
}

/**
 * Terms of use may forbid the use; a verifier that does not understand them must not accept (VCDM
 * 2.0, 5.5).
 */
const flawOfTerms = ({ document }: Authentic<SecuredCredential>): Refusal | undefined =>
  document.termsOfUse === undefined ? undefined : refuse('terms_unsupported')

function flawOfTime(
  { clock }: JudgeNeeds,
  credential: Authentic<SecuredCredential>,
): Refusal | undefined {
  const now = clock()
  const { securing } = credential
  // Checked every time: a remembered credential may have expired.
  return (
    flawOfValidity(credential, now) ??
    (securing.mechanism === 'data-integrity'
      ? flawOfExpiry(securing.proofs, now)
      : flawOfClaimTimes(tokenOf(securing)!.payload, now))
  )
}

/** Whether resolving this DID takes a request to another server. */
export function needsNetwork(did: string, { settings }: Pick<JudgeNeeds, 'settings'>): boolean {
  return (
    !/^did:(?:key|jwk):/.test(did) &&
    did !== settings.ownDid &&
    !did.startsWith(`${settings.ownDid}:`)
  )
}

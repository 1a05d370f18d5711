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
  /** Of the request that this is done for. */
  readonly budget: Budget
  /** As whoever verifies a single credential asks. What comes in a presentation is remembered, and for all alike. */
  readonly knownContexts?: readonly JsonObject[] | undefined
}

/** A credential that may be relied on now, and how old the knowledge is that it is not revoked. */
export interface Judged {
  readonly credential: Accepted<SecuredCredential>
  readonly statusAge: Seconds
  readonly statusPurposes: readonly string[]
  /** What its status says that denies nothing. */
  readonly told: readonly ToldStatus[]
}

/**
 * Reads a secured credential and checks who signed it, from memory if it was seen before. Nothing
 * is fetched to check a signature of somebody whom nobody trusts.
 *
 * @param presented JCS form of a credential that came in a presentation. Those come again, and are
 *   remembered once they are accepted; a credential that is verified by itself hardly ever does.
 * @param isVouchedFor whether its issuer is the subject of a credential that was accepted: then it
 *   needs nobody's trust to be looked up.
 */
export async function authenticate(
  json: JsonValue,
  needs: JudgeNeeds,
  presented?: string,
  isVouchedFor = false,
): Promise<Authentic<SecuredCredential> | Refusal> {
  if (!isObject(json)) return refuse('malformed', 'the credential is no object')
  const begun = needs.authenticCredentials.generation
  const known = remembered(json, needs, presented)
  if (known) return known
  const parsed = parseSecuredCredential(json)
  if (isRefusal(parsed)) return parsed
  for (const signer of new Set(signersOf(parsed))) {
    // Anybody can add a proof: who is named in one is looked up only if we trust them ourselves.
    if ((isVouchedFor && signer === parsed.issuer) || !needsNetwork(signer, needs)) continue
    const flaw = await flawOfTrust(parsed, needs.isTrusted, signer)
    if (flaw) return flaw
  }
  const covered =
    // Not so where contexts that nobody signed were left out.
    presented && isObject(json.proof) && parsed.document['@context'] === json['@context']
      ? withoutMember(presented, 'proof', canonicalize(json.proof))
      : undefined
  const authentic = await authenticateCredential(parsed, needs, covered)
  if (presented && !isRefusal(authentic)) nominate(authentic, presented, begun)
  return authentic
}

/**
 * Whether an authentic credential may be relied on now: trusted issuer, in its time, in good standing.
 *
 * @param root of a delegated credential the first of its chain: that one's issuer is who must be trusted.
 */
export function accept(
  credential: Authentic<SecuredCredential>,
  needs: JudgeNeeds,
  root: Authentic<SecuredCredential> = credential,
): MaybePromise<Judged | Refusal> {
  const trust = flawOfTrust(credential, needs.isTrusted, root.issuer)
  return after<Refusal | undefined, Judged | Refusal>(
    trust,
    (untrusted) =>
      untrusted ??
      flawOfTime(credential, needs) ??
      flawOfTerms(credential) ??
      after(judgeStatus(credential, needs, root), (status) =>
        isRefusal(status)
          ? status
          : after(flawOfNamedSchemas(credential, root, needs), (flaw) =>
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

/** Last of all: its schemas are fetched only for a credential that is good otherwise. */
const flawOfNamedSchemas = (
  credential: Authentic<SecuredCredential>,
  root: Authentic<SecuredCredential>,
  needs: JudgeNeeds,
): MaybePromise<Refusal | undefined> => {
  if (credential.document.credentialSchema === undefined) return undefined
  // Trust in the root is no trust in a schema that a later signer names.
  return credential === root
    ? flawOfSchemas(credential, needs)
    : refuse('permission_malformed', 'a delegated permission names no schema')
}

/** Terms of use may forbid what is asked: a verifier that does not know them cannot say (VCDM 2.0, 5.5). */
const flawOfTerms = ({ document }: Authentic<SecuredCredential>): Refusal | undefined =>
  document.termsOfUse === undefined ? undefined : refuse('terms_unsupported')

function flawOfTime(
  credential: Authentic<SecuredCredential>,
  { clock }: JudgeNeeds,
): Refusal | undefined {
  const now = clock()
  const { securing } = credential
  // Looked at every time: what is remembered as authentic may have expired since.
  return (
    flawOfValidity(credential, now) ??
    (securing.mechanism === 'data-integrity'
      ? flawOfExpiry(securing.proofs, now)
      : flawOfClaimTimes(tokenOf(securing)!.payload, now))
  )
}

/** Whether somebody's server would have to be asked for the keys of this DID. */
export function needsNetwork(did: string, { settings }: Pick<JudgeNeeds, 'settings'>): boolean {
  return (
    !/^did:(?:key|jwk):/.test(did) &&
    did !== settings.ownDid &&
    !did.startsWith(`${settings.ownDid}:`)
  )
}

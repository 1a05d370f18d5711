import type { SecuredCredential } from '../../credential/authenticate-credential.ts'
import type { Authentic } from '../../credential/credential.ts'
import type { JsonValue } from '../../foundation/json.ts'
import type { MaybePromise } from '../../foundation/maybe-promise.ts'
import { isRefusal, type Refusal } from '../../foundation/refusal.ts'
import { isGivenOn } from '../../permission/chain.ts'
import {
  authenticatePresentation,
  type ExpectedPresentation,
} from '../../presentation/authenticate-presentation.ts'
import type {
  AuthenticPresentation,
  Presentation,
  PresentedCredential,
} from '../../presentation/presentation.ts'
import { accept, authenticate, type JudgeNeeds } from './judge-credential.ts'
import { remembered } from './remember-credential.ts'

export type Authenticated = readonly (Authentic<SecuredCredential> | Refusal)[]

export const areAuthentic = (
  credentials: Authenticated,
): credentials is readonly Authentic<SecuredCredential>[] => !credentials.some(isRefusal)

/**
 * Checks the signatures of a presentation and of its credentials in parallel. They are independent,
 * and with a second core take little longer than one.
 */
export async function authenticatePresented(
  needs: JudgeNeeds,
  presentation: Presentation,
  expected: ExpectedPresentation,
): Promise<{
  readonly holder: AuthenticPresentation | Refusal
  readonly credentials: Authenticated
}> {
  // Both signatures of an SD-JWT are quick to check; another thread would take longer.
  const isSingle = presentation.securing.mechanism === 'sd-jwt'
  const pending = authenticateAll(needs, presentation, isSingle ? needs : checkingBeside(needs))
  const holding = authenticatePresentation(needs, presentation, expected)
  if (!(pending instanceof Promise)) return { credentials: pending, holder: await holding }
  const [credentials, holder] = await Promise.all([pending, holding])
  return { credentials, holder }
}

/**
 * Authenticates the credentials of a presentation, in their order. Those in memory are returned at
 * once.
 */
export function authenticateAll(
  needs: JudgeNeeds,
  { credentials }: Pick<Presentation, 'credentials'>,
  beside: JudgeNeeds = checkingBeside(needs),
): MaybePromise<Authenticated> {
  const known = credentials.map(({ json, canonical }) => remembered(needs, json, canonical))
  if (known.every((credential) => credential !== undefined)) return known
  // Half of them are checked in another thread, and started first; this thread checks the other
  // half.
  const checked = new Array<Promise<Authenticated[number]>>(credentials.length)
  for (const half of [0, 1])
    for (let i = half; i < credentials.length; i += 2) {
      const { json, canonical } = credentials[i]!
      checked[i] = authenticate(half === 0 ? beside : needs, json, canonical)
    }
  return Promise.all(checked).then((authenticated) =>
    authenticateVouched(needs, credentials, authenticated),
  )
}

/**
 * A delegator's keys may lie on a server that nobody here trusts. It is looked up only once a
 * credential in good standing names the delegator, or one delegated from such within its terms.
 */
async function authenticateVouched(
  needs: JudgeNeeds,
  credentials: readonly PresentedCredential[],
  authenticated: Authenticated,
): Promise<Authenticated> {
  const isWaiting = (one: Authenticated[number]) =>
    isRefusal(one) && one.refused === 'issuer_untrusted'
  if (!authenticated.some(isWaiting)) return authenticated
  const all = [...authenticated]
  const founded = new Set<Authentic<SecuredCredential>>()
  for (const one of authenticated)
    if (!isRefusal(one) && !isRefusal(await accept(needs, one))) founded.add(one)
  // Repeated down the chain, as each credential names the signer of the next.
  for (let before = -1; before !== founded.size; ) {
    before = founded.size
    for (const [i, one] of all.entries()) {
      const { json, canonical } = credentials[i]!
      if (isWaiting(one) && [...founded].some((parent) => isSubject(json.issuer, parent)))
        all[i] = await authenticate(needs, json, canonical, true)
      const now = all[i]!
      if (!isRefusal(now) && [...founded].some((parent) => isGivenOn(now, parent))) founded.add(now)
    }
  }
  return all
}

const isSubject = (did: JsonValue | undefined, { subjects }: Authentic<SecuredCredential>) =>
  did !== undefined && subjects.some(({ id }) => id === did)

const besideCrypto = new WeakMap<JudgeNeeds['crypto'], JudgeNeeds['crypto']>()

/** The same needs, but with signatures checked in another thread. */
function checkingBeside(needs: JudgeNeeds): JudgeNeeds {
  let crypto = besideCrypto.get(needs.crypto)
  if (!crypto) {
    crypto = { ...needs.crypto, verify: needs.crypto.verifyBeside }
    besideCrypto.set(needs.crypto, crypto)
  }
  return { ...needs, crypto }
}

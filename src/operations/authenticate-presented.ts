import type { SecuredCredential } from '../credential/authenticate-credential.ts'
import type { Authentic } from '../credential/credential.ts'
import type { MaybePromise } from '../maybe-promise.ts'
import {
  authenticatePresentation,
  type ExpectedPresentation,
} from '../presentation/authenticate-presentation.ts'
import type {
  AuthenticPresentation,
  Presentation,
  PresentedCredential,
} from '../presentation/presentation.ts'
import { isRefusal, type Refusal } from '../refusal.ts'
import { accept, authenticate, type JudgeNeeds } from './judge-credential.ts'
import { remembered } from './remember-credential.ts'

export type Authenticated = readonly (Authentic<SecuredCredential> | Refusal)[]

export const areAuthentic = (
  credentials: Authenticated,
): credentials is readonly Authentic<SecuredCredential>[] => !credentials.some(isRefusal)

/**
 * Checks the signatures of a presentation and of its credentials at the same time: none depends on
 * another, and where there is a second core they take little longer than one.
 */
export async function authenticatePresented(
  presentation: Presentation,
  expected: ExpectedPresentation,
  needs: JudgeNeeds,
): Promise<{
  readonly holder: AuthenticPresentation | Refusal
  readonly credentials: Authenticated
}> {
  // Of an SD-JWT both signatures are short work: handing one to another thread takes longer.
  const isSingle = presentation.securing.mechanism === 'sd-jwt'
  const pending = authenticateAll(presentation, needs, isSingle ? needs : checkingBeside(needs))
  const holding = authenticatePresentation(presentation, expected, needs)
  if (!(pending instanceof Promise)) return { credentials: pending, holder: await holding }
  const [credentials, holder] = await Promise.all([pending, holding])
  return { credentials, holder }
}

/** The credentials of a presentation, in their order: from memory at once, or else later. */
export function authenticateAll(
  { credentials }: Pick<Presentation, 'credentials'>,
  needs: JudgeNeeds,
  beside: JudgeNeeds = checkingBeside(needs),
): MaybePromise<Authenticated> {
  const known = credentials.map(({ json, canonical }) => remembered(json, needs, canonical))
  if (known.every((credential) => credential !== undefined)) return known
  // Half of them beside this thread, and those begun first; it does the other half meanwhile.
  const checked = new Array<Promise<Authenticated[number]>>(credentials.length)
  for (const half of [0, 1])
    for (let i = half; i < credentials.length; i += 2) {
      const { json, canonical } = credentials[i]!
      checked[i] = authenticate(json, half === 0 ? beside : needs, canonical)
    }
  return Promise.all(checked).then((authenticated) =>
    authenticateVouched(credentials, authenticated, needs),
  )
}

/**
 * Somebody who delegates may have keys on a server that nobody here trusts: looked up only once a
 * credential in good standing has named them, and so down the chain.
 */
async function authenticateVouched(
  credentials: readonly PresentedCredential[],
  authenticated: Authenticated,
  needs: JudgeNeeds,
): Promise<Authenticated> {
  const isWaiting = (one: Authenticated[number]) =>
    isRefusal(one) && one.refused === 'issuer_untrusted'
  if (!authenticated.some(isWaiting)) return authenticated
  const all = [...authenticated]
  const vouched = new Set<unknown>()
  for (const one of authenticated)
    if (!isRefusal(one) && !isRefusal(await accept(one, needs))) vouched.add(one.issuer)
  // As far down the chain as one credential after another names the signer of the next.
  for (let before = -1; before !== vouched.size; ) {
    before = vouched.size
    for (const [i, one] of all.entries()) {
      const { json, canonical } = credentials[i]!
      if (isWaiting(one) && vouched.has(json.issuer))
        all[i] = await authenticate(json, needs, canonical, true)
      const now = all[i]!
      if (!isRefusal(now) && vouched.has(now.issuer))
        for (const { id } of now.subjects) vouched.add(id)
    }
  }
  return all
}

const besideNeeds = new WeakMap<JudgeNeeds, JudgeNeeds>()

/** The same needs, with signatures checked beside whatever this thread does meanwhile. */
function checkingBeside(needs: JudgeNeeds): JudgeNeeds {
  let beside = besideNeeds.get(needs)
  if (!beside) {
    beside = { ...needs, crypto: { ...needs.crypto, verify: needs.crypto.verifyBeside } }
    besideNeeds.set(needs, beside)
  }
  return beside
}

import type { SecuredCredential } from '../credential/authenticate-credential.ts'
import type { Authentic } from '../credential/credential.ts'
import type { MaybePromise } from '../maybe-promise.ts'
import {
  authenticatePresentation,
  type ExpectedPresentation,
} from '../presentation/authenticate-presentation.ts'
import type { AuthenticPresentation, Presentation } from '../presentation/presentation.ts'
import type { Refusal } from '../refusal.ts'
import { authenticate, type JudgeNeeds, remembered } from './judge-credential.ts'

export type Authenticated = readonly (Authentic<SecuredCredential> | Refusal)[]

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
  const pending = authenticateAll(presentation, needs)
  const holding = authenticatePresentation(presentation, expected, needs)
  if (!(pending instanceof Promise)) return { credentials: pending, holder: await holding }
  const [credentials, holder] = await Promise.all([pending, holding])
  return { credentials, holder }
}

/** The credentials of a presentation, in their order: from memory at once, or else later. */
export function authenticateAll(
  { credentials }: Presentation,
  needs: JudgeNeeds,
): MaybePromise<Authenticated> {
  const known = credentials.map(({ json, canonical }) => remembered(json, needs, canonical))
  if (known.every((credential) => credential !== undefined)) return known
  const beside = checkingBeside(needs)
  return Promise.all(
    credentials.map(({ json, canonical }) => authenticate(json, beside, canonical)),
  )
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

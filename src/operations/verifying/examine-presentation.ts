import { isRefusal, type Refusal } from '../../foundation/refusal.ts'
import {
  authenticatePresentation,
  type ExpectedPresentation,
} from '../../presentation/authenticate-presentation.ts'
import type { Presentation } from '../../presentation/presentation.ts'
import { type Accepted, acceptPresented, type Naming } from './accept-presented.ts'
import {
  type Authenticated,
  areAuthentic,
  authenticateAll,
  authenticatePresented,
} from './authenticate-presented.ts'
import { type JudgeNeeds, needsNetwork } from './judge-credential.ts'

export interface Examined {
  /** Whether the holder signed the presentation: only then may its challenge be spent. */
  readonly isSigned: boolean
  /** The credentials in their order; a refusal in place of one whose signature is not valid. */
  readonly credentials: Authenticated
  /** The first refusal, or the credentials in good standing. */
  readonly accepted: readonly Accepted[] | Refusal
}

/** Records a check by its name, and returns its result. */
export type Check = <T>(name: string, result: T) => T

/**
 * Checks the signatures of a presentation and of its credentials, and whether the credentials are
 * in good standing. A holder whose DID document must be fetched is looked up last, once a trusted
 * issuer has named the holder: a stranger's word makes this service fetch nothing.
 *
 * @see permission-model.md, 3
 */
export async function examinePresentation(
  needs: JudgeNeeds,
  presentation: Presentation,
  expected: ExpectedPresentation,
  check: Check,
  naming?: Naming,
): Promise<Examined> {
  const accept = (credentials: Authenticated) =>
    acceptAll(needs, presentation, credentials, check, naming)
  if (needsNetwork(presentation.holder, needs)) {
    const credentials = await authenticateAll(needs, presentation)
    const accepted = await accept(credentials)
    if (isRefusal(accepted) || accepted.length === 0)
      return { isSigned: false, credentials, accepted }
    const holder = await authenticatePresentation(needs, presentation, expected)
    const signed = check('holder signed the presentation', holder)
    return isRefusal(signed)
      ? { isSigned: false, credentials, accepted: signed }
      : { isSigned: true, credentials, accepted }
  }
  const { holder, credentials } = await authenticatePresented(needs, presentation, expected)
  const signed = check('holder signed the presentation', holder)
  if (isRefusal(signed)) return { isSigned: false, credentials: [], accepted: signed }
  return { isSigned: true, credentials, accepted: await accept(credentials) }
}

/** A single credential that is not accepted refuses the presentation. */
async function acceptAll(
  needs: JudgeNeeds,
  presentation: Presentation,
  credentials: Authenticated,
  check: Check,
  naming: Naming | undefined,
): Promise<readonly Accepted[] | Refusal> {
  for (const credential of credentials) {
    const checked = check('issuer signed the credential', credential)
    if (isRefusal(checked)) return checked
  }
  return areAuthentic(credentials)
    ? acceptPresented(needs, presentation, credentials, check, naming)
    : credentials.find(isRefusal)!
}

import type { SecuredCredential } from '../../credential/authenticate-credential.ts'
import type { Authentic } from '../../credential/credential.ts'
import type { Deps, Settings } from '../../deps.ts'
import type { Did } from '../../did/syntax.ts'
import type { Budget } from '../../foundation/budget.ts'
import { after, type MaybePromise } from '../../foundation/maybe-promise.ts'
import { isRefusal, type Refusal, refuse } from '../../foundation/refusal.ts'

type Needs = Pick<Deps, 'resolveDid'> & {
  readonly settings: Pick<Settings, 'ownDid'>
  readonly budget: Budget
}

/**
 * Checks that an agent of this service delegated with the key of that time. A superseded key
 * verifies what it signed before: it cannot have signed a delegation of a permission that was issued
 * later, whatever `validFrom` the delegation states.
 */
export const flawOfDelegatingKey = (
  { resolveDid, settings, budget }: Needs,
  child: Authentic<SecuredCredential>,
  parent: Authentic<SecuredCredential>,
): MaybePromise<Refusal | undefined> => {
  // Others’ documents do not say when a key was superseded.
  if (!child.issuer.startsWith(`${settings.ownDid}:`)) return undefined
  return after(resolveDid(child.issuer as Did, { budget }), (document) => {
    if (isRefusal(document)) return document
    const { superseded } = document
    if (superseded === undefined) return undefined
    const latest = Math.max(child.validFrom ?? 0, parent.validFrom ?? 0)
    const isLate = [...superseded].some(
      ([method, since]) => latest >= since && mayHaveSigned(child, method),
    )
    return isLate
      ? refuse('key_not_authorized', 'the key was superseded before what it delegates was issued')
      : undefined
  })
}

/** A token that names its key by thumbprint may be of any key of its issuer. */
function mayHaveSigned({ securing }: SecuredCredential, method: string): boolean {
  switch (securing.mechanism) {
    case 'data-integrity':
      return securing.proofs.some(({ verificationMethod }) => verificationMethod === method)
    case 'jose':
      return !securing.token.keyId?.includes('#') || method.endsWith(securing.token.keyId)
    case 'sd-jwt':
      return true
  }
}

import type { SecuredCredential } from '../../credential/authenticate-credential.ts'
import type { Authentic } from '../../credential/credential.ts'
import { digestOf, issuedNameOf } from '../../credential/digest.ts'
import { after, type MaybePromise } from '../../foundation/maybe-promise.ts'
import { isRefusal, type Refusal, refuse } from '../../foundation/refusal.ts'
import type { Seconds } from '../../foundation/time.ts'
import type { CryptoProvider } from '../../keys/signature.ts'
import { type AcceptedLink, chainOf, linesOf, type PresentedLink } from '../../permission/chain.ts'
import { flawOfReservation } from '../../permission/entry-reservation.ts'
import {
  flawOfRevocability,
  isDelegated,
  isMetered,
  isShort,
  permissionIn,
} from '../../permission/permission-in.ts'
import type { Presentation, PresentedCredential } from '../../presentation/presentation.ts'
import { flawOfDelegatingKey } from './check-delegating-key.ts'
import { accept, type Judged, type JudgeNeeds } from './judge-credential.ts'
import { rememberAccepted } from './remember-credential.ts'

/**
 * A credential of the presenter, or a chain that ends with one. Everything in it is in good
 * standing.
 */
export interface Accepted {
  /** Root first. */
  readonly line: readonly AcceptedLink[]
  readonly links: readonly Judged[]
  /** Age of the oldest status result used. */
  readonly statusAge: Seconds
}

/** Which credentials get a digest: all, or those in a chain, which refer to each other by it. */
export type Naming = 'all' | 'where needed'

/** Records one check: its name, and the refusal if it failed. */
export type Note = (check: string, flaw: Refusal | undefined) => void

/**
 * Judges presented credentials whose signatures are valid, alone or as a chain whose last link the
 * presenter holds. A single refusal refuses them all.
 *
 * @see permission-model.md, 3
 */
export async function acceptPresented(
  needs: JudgeNeeds,
  { holder, credentials }: Pick<Presentation, 'holder' | 'credentials'>,
  authentic: readonly Authentic<SecuredCredential>[],
  note: Note,
  naming: Naming = 'where needed',
): Promise<readonly Accepted[] | Refusal> {
  const arranged = await arrange(authentic, credentials, needs.crypto, naming === 'all')
  if (isRefusal(arranged)) {
    note('every parent is present', arranged)
    return arranged
  }
  const accepted: Accepted[] = []
  for (const line of arranged) {
    const one = await acceptLine(needs, line, holder, note)
    if (isRefusal(one)) return one
    accepted.push(one)
  }
  return accepted
}

/**
 * Arranges presented credentials in chains. Digests are computed only for credentials that others
 * refer to.
 */
async function arrange(
  authentic: readonly Authentic<SecuredCredential>[],
  presented: readonly PresentedCredential[],
  crypto: Pick<CryptoProvider, 'sha256'>,
  isEachNamed: boolean,
): Promise<readonly (readonly PresentedLink[])[] | Refusal> {
  const isMeteredHere = authentic.some(isMetered)
  const isChained = authentic.some(isDelegated)
  const isNamed = isEachNamed || isChained
  const links: PresentedLink[] = []
  for (const [i, credential] of authentic.entries()) {
    const { json, canonical } = presented[i]!
    const digest = isNamed
      ? remember(digests, credential, () => digestOf(json, crypto, canonical))
      : ''
    const issuedName = isMeteredHere
      ? remember(issuedNames, credential, () => issuedNameOf(credential, crypto))
      : ''
    links.push({
      credential,
      size: canonical.length,
      digest: digest instanceof Promise ? await digest : digest,
      issuedName: issuedName instanceof Promise ? await issuedName : issuedName,
    })
  }
  return isChained ? linesOf(links) : links.map((link) => [link])
}

type Names = WeakMap<Authentic<SecuredCredential>, string>
const digests: Names = new WeakMap()
const issuedNames: Names = new WeakMap()

/** Computed once for as long as the credential is remembered. */
function remember(
  names: Names,
  credential: Authentic<SecuredCredential>,
  make: () => MaybePromise<string>,
): MaybePromise<string> {
  const known = names.get(credential)
  if (known !== undefined) return known
  return after(make(), (name) => {
    names.set(credential, name)
    return name
  })
}

async function acceptLine(
  needs: JudgeNeeds,
  line: readonly PresentedLink[],
  holder: string,
  note: Note,
): Promise<Accepted | Refusal> {
  const [root, leaf] = [line[0]!.credential, line.at(-1)!.credential]
  const checked = <T>(check: string, result: T): T => {
    note(check, isRefusal(result) ? result : undefined)
    return result
  }
  const isBound = leaf.subjects.every(({ id }) => id === holder)
  const bound = checked('holder is the subject', isBound ? undefined : refuse('holder_binding'))
  if (bound) return bound
  const chain = line.length > 1 ? checked('each delegation only narrows', chainOf(line)) : undefined
  if (isRefusal(chain)) return chain
  const links: Judged[] = []
  for (const [i, { credential }] of line.entries()) {
    const pending = acceptLink(needs, credential, root, line[i - 1]?.credential)
    const judged = checked(
      'credential is trusted, in time and in good standing',
      pending instanceof Promise ? await pending : pending,
    )
    if (isRefusal(judged)) return judged
    links.push(judged)
  }
  // Remembered only now, when every link is accepted and its holder is the presenter.
  for (const { credential } of line) rememberAccepted(needs, credential)
  const statusAge = Math.max(...links.map((link) => link.statusAge))
  // Each of its credentials was accepted above.
  return { line: line as readonly AcceptedLink[], links, statusAge }
}

const acceptLink = (
  needs: JudgeNeeds,
  credential: Authentic<SecuredCredential>,
  root: Authentic<SecuredCredential>,
  parent: Authentic<SecuredCredential> | undefined,
): MaybePromise<Judged | Refusal> =>
  after(accept(needs, credential, root), (judged) => {
    if (isRefusal(judged) || parent === undefined) return judged
    return after(
      flawOfDelegatingKey(needs, credential, parent),
      (flaw) => flaw ?? acceptDelegated(needs, credential, root, judged),
    )
  })

function acceptDelegated(
  needs: JudgeNeeds,
  credential: Authentic<SecuredCredential>,
  root: Authentic<SecuredCredential>,
  judged: Judged,
): MaybePromise<Judged | Refusal> {
  const permission = permissionIn(credential)
  if (isRefusal(permission)) return permission
  const flaw = flawOfRevocability(credential, permission, judged.statusPurposes)
  if (flaw || isShort(credential)) return flaw ?? judged
  return after(flawOfReservation(needs, credential, root.issuer), (flaw) => flaw ?? judged)
}

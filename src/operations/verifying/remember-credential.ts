import type { SecuredCredential } from '../../credential/authenticate-credential.ts'
import type { Authentic } from '../../credential/credential.ts'
import type { Deps } from '../../deps.ts'
import { keepDocuments } from '../../did/methods/key.ts'
import type { Budget } from '../../foundation/budget.ts'
import { canonicalize } from '../../foundation/canonical.ts'
import { isObject, isSameJson, type JsonObject } from '../../foundation/json.ts'

type Needs = Pick<Deps, 'authenticCredentials'>
type KeepNeeds = Needs & Pick<Deps, 'resolveDid'> & { readonly budget: Budget }

/** Returns the credential from memory, unless anything in it differs. */
export function remembered(
  { authenticCredentials }: Needs,
  json: JsonObject,
  canonical?: string,
): Authentic<SecuredCredential> | undefined {
  const known = authenticCredentials.get(signatureText(json))
  return known && known.canonical === (canonical ?? canonicalize(json))
    ? known.credential
    : undefined
}

/** Returns the JCS form from memory, if the credential equals one that was authenticated before. */
export function rememberedForm(
  { authenticCredentials }: Needs,
  json: JsonObject,
): string | undefined {
  const known = authenticCredentials.get(signatureText(json))
  return known && isSameJson(known.credential.secured, json) ? known.canonical : undefined
}

/** Credentials that are authentic but not yet accepted. */
const candidates = new WeakMap<
  Authentic<SecuredCredential>,
  { readonly canonical: string; readonly begun: number }
>()

/**
 * Keeps what is needed to remember a credential if it gets accepted.
 *
 * @param begun generation of the memory when checking began.
 */
export function nominate(
  credential: Authentic<SecuredCredential>,
  canonical: string,
  begun: number,
): void {
  candidates.set(credential, { canonical, begun })
}

/**
 * Remembers an accepted credential, and the keys of the parties it names. Anyone can sign something
 * and could fill the memory, so an authentic credential alone is not remembered; nor is one checked
 * with keys that may have changed in the meantime.
 */
export function rememberAccepted(needs: KeepNeeds, credential: Authentic<SecuredCredential>): void {
  const { authenticCredentials } = needs
  const candidate = candidates.get(credential)
  if (!candidate) return
  candidates.delete(credential)
  keepDocuments([credential.issuer, ...credential.subjects.map(({ id }) => id)], needs)
  const key = isObject(credential.secured) ? signatureText(credential.secured) : ''
  if (key !== '' && candidate.begun === authenticCredentials.generation)
    authenticCredentials.set(key, { canonical: candidate.canonical, credential })
}

/**
 * A short key for a secured credential: its signature text. A lookup compares the whole credential
 * as well. Empty if several proofs secure it.
 */
function signatureText({ proof, id }: JsonObject): string {
  if (isObject(proof)) return typeof proof.proofValue === 'string' ? proof.proofValue : ''
  return proof === undefined && typeof id === 'string' ? id.slice(-86) : ''
}

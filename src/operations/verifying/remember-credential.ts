import type { SecuredCredential } from '../../credential/authenticate-credential.ts'
import type { Authentic } from '../../credential/credential.ts'
import type { Deps } from '../../deps.ts'
import { keepDocuments } from '../../did/methods/key.ts'
import type { Budget } from '../../foundation/budget.ts'
import { canonicalize } from '../../foundation/canonical.ts'
import { isObject, isSameJson, type JsonObject } from '../../foundation/json.ts'

type Needs = Pick<Deps, 'authenticCredentials'>
type KeepNeeds = Needs & Pick<Deps, 'resolveDid'> & { readonly budget: Budget }

/** The credential as it was authenticated before, if nothing in it has changed since. */
export function remembered(
  json: JsonObject,
  { authenticCredentials }: Needs,
  canonical?: string,
): Authentic<SecuredCredential> | undefined {
  const known = authenticCredentials.get(signatureText(json))
  return known && known.canonical === (canonical ?? canonicalize(json))
    ? known.credential
    : undefined
}

/** The JCS form of a credential that is the same as one that was authenticated before. */
export function rememberedForm(
  json: JsonObject,
  { authenticCredentials }: Needs,
): string | undefined {
  const known = authenticCredentials.get(signatureText(json))
  return known && isSameJson(known.credential.secured, json) ? known.canonical : undefined
}

/** What is authentic and not yet accepted. */
const candidates = new WeakMap<
  Authentic<SecuredCredential>,
  { readonly canonical: string; readonly begun: number }
>()

/**
 * Notes what it takes to remember a credential, should it be accepted.
 *
 * @param begun generation of the memory when checking it began.
 */
export function nominate(
  credential: Authentic<SecuredCredential>,
  canonical: string,
  begun: number,
): void {
  candidates.set(credential, { canonical, begun })
}

/**
 * Remembers a credential that was accepted, and the keys of those whom it names. Anybody can sign
 * something, and would fill the memory with it: what is authentic and no more is not remembered, nor
 * what was checked with keys that may have changed meanwhile.
 */
export function rememberAccepted(credential: Authentic<SecuredCredential>, needs: KeepNeeds): void {
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
 * A short name for a secured credential: the text of its signature. Whoever looks one up by it
 * compares the whole as well. Empty for what is secured by several proofs.
 */
function signatureText({ proof, id }: JsonObject): string {
  if (isObject(proof)) return typeof proof.proofValue === 'string' ? proof.proofValue : ''
  return proof === undefined && typeof id === 'string' ? id.slice(-86) : ''
}

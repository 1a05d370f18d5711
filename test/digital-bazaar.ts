import { resolveDidKey } from '../src/did/methods/key.ts'
import type { JsonObject } from '../src/foundation/json.ts'
import { isRefusal } from '../src/foundation/refusal.ts'
import { loadContexts } from '../src/linked-data/bundled-contexts.ts'

/** Contexts as bundled here; DID documents and keys of did:key. */
export async function documentLoader(url: string) {
  const [did, fragment] = url.split('#')
  const resolved = did!.startsWith('did:key:') ? resolveDidKey(did!.slice(8)) : undefined
  if (isRefusal(resolved)) throw new Error(resolved.detail)
  const whole = resolved?.json ?? (await loadContexts()).get(url)
  if (!whole) throw new Error(`not found: ${url}`)
  const methods = (whole.verificationMethod ?? []) as readonly JsonObject[]
  const document = fragment
    ? { '@context': 'https://w3id.org/security/multikey/v1', ...methods[0] }
    : whole
  return { contextUrl: null, document, documentUrl: url }
}

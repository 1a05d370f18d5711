import type { Deps } from '../deps.ts'
import type { VerificationMethod } from '../did/document.ts'
import { type Did, parseDidUrl } from '../did/syntax.ts'
import type { JsonObject, JsonValue } from '../json.ts'
import { isObject } from '../json.ts'
import { isRefusal } from '../refusal.ts'
import { needsNetwork } from './judge-credential.ts'

type Needs = Pick<Deps, 'resolveDid'> & { readonly settings: Pick<Deps['settings'], 'ownDid'> }

/** Errors of DID Resolution 1.0, 10, that can come of it here. */
export type ResolutionError =
  | 'INVALID_DID'
  | 'INVALID_DID_URL'
  | 'NOT_FOUND'
  | 'METHOD_NOT_SUPPORTED'
  | 'DEACTIVATED'
  | 'INTERNAL_ERROR'

export type Resolution =
  /** The document; for a DID URL with a fragment, the part that it names. */
  { readonly document: JsonObject } | { readonly error: ResolutionError; readonly detail: string }

const maxLength = 2048

/**
 * Resolves a DID, or dereferences a DID URL with a fragment, for anybody: did:key, did:jwk, and what
 * was assigned here. Documents on servers of others are nobody's to have fetched by us.
 *
 * @see https://www.w3.org/TR/did-resolution/#resolving
 */
export async function resolveForAnybody(needs: Needs, text: string): Promise<Resolution> {
  const url = text.length <= maxLength ? parseDidUrl(text) : undefined
  if (!url) return fail('INVALID_DID', 'it is no DID')
  if (url.path !== '' || url.query !== '')
    return fail('INVALID_DID_URL', 'a DID URL may have a fragment here, and no path or query')
  const isWeb = url.method === 'web'
  if (isWeb && needsNetwork(url.did, needs))
    return fail('METHOD_NOT_SUPPORTED', 'a did:web of somebody else is not fetched for others')
  const document = await needs.resolveDid(url.did)
  if (isRefusal(document)) return fail(errorFor(document.refused), document.detail)
  if (url.fragment === '') return { document: document.json }
  const part = partOf(document.json, url.did, `${url.did}#${url.fragment}`)
  return part ? { document: part } : fail('NOT_FOUND', 'the document has no such part')
}

const fail = (error: ResolutionError, detail: string): Resolution => ({ error, detail })

function errorFor(reason: string): ResolutionError {
  switch (reason) {
    case 'did_invalid':
      return 'INVALID_DID'
    case 'did_method_unsupported':
      return 'METHOD_NOT_SUPPORTED'
    case 'did_deactivated':
      return 'DEACTIVATED'
    case 'did_not_found':
    case 'did_unreachable':
      return 'NOT_FOUND'
    default:
      return 'INTERNAL_ERROR'
  }
}

/** The verification method or service of this id, with the contexts that its terms are from. */
function partOf(json: JsonObject, did: Did, id: VerificationMethod['id']): JsonObject | undefined {
  const listed = ['verificationMethod', 'service'].flatMap(
    (name) => (json[name] as readonly JsonValue[] | undefined) ?? [],
  )
  const found = listed.find(
    (item): item is JsonObject =>
      isObject(item) && (item.id === id || `${did}${String(item.id)}` === id),
  )
  return found && { '@context': json['@context'] ?? [], ...found }
}

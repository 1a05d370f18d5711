import type { Deps } from '../../deps.ts'
import { describeDidKey, type KeyError } from '../../did/describe-key.ts'
import type { VerificationMethod } from '../../did/document.ts'
import { locationAt, parametersOf } from '../../did/service-endpoint.ts'
import { type Did, type DidUrl, parseDidUrl } from '../../did/syntax.ts'
import type { Budget } from '../../foundation/budget.ts'
import { isObject, type JsonObject, type JsonValue } from '../../foundation/json.ts'
import { isRefusal } from '../../foundation/refusal.ts'
import { needsNetwork } from './judge-credential.ts'

type Needs = Pick<Deps, 'resolveDid'> & {
  readonly settings: Pick<Deps['settings'], 'ownDid'>
  readonly budget: Budget
}

/** The errors of DID Resolution 1.0, section 10, that can occur here, and those of did:key. */
export type ResolutionError =
  | KeyError
  | 'INVALID_DID_URL'
  | 'NOT_FOUND'
  | 'METHOD_NOT_SUPPORTED'
  | 'DEACTIVATED'
  | 'INTERNAL_ERROR'

export type Resolution =
  /** The document; for a DID URL with a fragment, the part it names. */
  | { readonly document: JsonObject }
  /** For a DID URL with the parameter `service`: its endpoint. */
  | { readonly location: string }
  | {
      readonly error: ResolutionError
      readonly detail: string
      /** Whether a DID URL was to be dereferenced, rather than a DID resolved. */
      readonly isDereferencing: boolean
    }

const maxLength = 2048

/**
 * Resolves a DID or dereferences a DID URL for any caller: did:key, did:jwk, and DIDs assigned
 * here. Documents on other servers are not fetched for strangers.
 *
 * @see https://www.w3.org/TR/did-resolution/#resolving
 * @see https://www.w3.org/TR/did-resolution/#dereferencing
 */
export async function resolveForAnybody(needs: Needs, text: string): Promise<Resolution> {
  const isDereferencing = /[#?/]/.test(text)
  const fail = (error: ResolutionError, detail: string): Resolution => ({
    error,
    detail,
    isDereferencing,
  })
  const url = text.length <= maxLength ? parseDidUrl(text) : undefined
  if (!url) return fail('INVALID_DID', 'it is not a DID')
  const parameters = parametersOf(url.query)
  if (!parameters) return fail('INVALID_DID_URL', 'a parameter occurs twice')
  const { service, relativeRef, publicKeyFormat, ...unknown } = parameters
  if (url.path !== '' || Object.keys(unknown).length > 0)
    return fail(
      'INVALID_DID_URL',
      'a DID URL may only have a fragment, or service, relativeRef or publicKeyFormat, and no path',
    )
  const found = await documentOf(needs, url, publicKeyFormat)
  if ('error' in found) return fail(found.error, found.detail)
  if (service !== undefined) {
    const location = serviceEndpoint(found.document, url.did, service, relativeRef)
    return location ? { location } : fail('NOT_FOUND', 'the document has no such service')
  }
  if (url.fragment === '') return found
  const part = partOf(found.document, url.did, `${url.did}#${url.fragment}`)
  return part ? { document: part } : fail('NOT_FOUND', 'the document has no such part')
}

async function documentOf(
  needs: Needs,
  { did, method, identifier }: DidUrl,
  keyFormat: string | undefined,
): Promise<
  { readonly document: JsonObject } | { readonly error: ResolutionError; readonly detail: string }
> {
  if (method === 'key') {
    const described = describeDidKey(identifier, keyFormat)
    return 'error' in described
      ? {
          error: described.error,
          detail: 'the did:key is invalid, or not available in this format',
        }
      : described
  }
  if (method === 'web' && needsNetwork(did, needs))
    return {
      error: 'METHOD_NOT_SUPPORTED',
      detail: "another server's did:web is not fetched on behalf of callers",
    }
  const resolved = await needs.resolveDid(did, needs)
  return isRefusal(resolved)
    ? { error: errorFor(resolved.refused), detail: resolved.detail }
    : { document: resolved.json }
}

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

const listed = (json: JsonObject, ...names: readonly string[]): readonly JsonObject[] =>
  names.flatMap((name) => (json[name] as readonly JsonValue[] | undefined) ?? []).filter(isObject)

/** The verification method or service with this id, with the contexts that define its terms. */
function partOf(json: JsonObject, did: Did, id: VerificationMethod['id']): JsonObject | undefined {
  const found = listed(json, 'verificationMethod', 'service').find(
    (item) => item.id === id || `${did}${String(item.id)}` === id,
  )
  return found && { '@context': json['@context'] ?? [], ...found }
}

function serviceEndpoint(
  json: JsonObject,
  did: Did,
  service: string,
  relativeRef: string | undefined,
): string | undefined {
  const found = listed(json, 'service').find(
    ({ id }) => id === `${did}#${service}` || id === `#${service}`,
  )
  return found && locationAt(found.serviceEndpoint, relativeRef)
}

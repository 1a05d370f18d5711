import type { BoundedCache } from '../../foundation/cache.ts'
import { fromBase64url, toBase64url, utf8 } from '../../foundation/encoding.ts'
import { isObject, type JsonObject, parseJson } from '../../foundation/json.ts'
import { type Refusal, refuse } from '../../foundation/refusal.ts'
import { fromJwk, type PublicKey, toJwk } from '../../keys/public-key.ts'
import { type DidDocument, parseDidDocument } from '../document.ts'
import type { DidMethod } from '../resolve.ts'
import type { Did } from '../syntax.ts'
import { rememberDocuments } from './key.ts'

const maxLength = 1024

/** @see https://github.com/quartzjer/did-jwk/blob/main/spec.md */
export const didJwk = (key: PublicKey): Did =>
  `did:jwk:${toBase64url(utf8(JSON.stringify(toJwk(key))))}`

/**
 * The key in a did:jwk: JSON in base64url, parsed strictly. One key has many such DIDs, as its
 * members may be in any order; private keys are refused.
 *
 * @param identifier what follows `did:jwk:`.
 */
export function readDidJwk(
  identifier: string,
): { readonly jwk: JsonObject; readonly key: PublicKey } | undefined {
  const bytes = identifier.length <= maxLength ? fromBase64url(identifier) : undefined
  const jwk = bytes && parseObject(bytes)
  const key = jwk && fromJwk(jwk)
  return key && { jwk, key }
}

function parseObject(bytes: Uint8Array): JsonObject | undefined {
  try {
    const value = parseJson(bytes)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** @param identifier what follows `did:jwk:`; Ed25519 and P-256 only. */
export function resolveDidJwk(identifier: string): DidDocument | Refusal {
  const read = readDidJwk(identifier)
  if (!read) return refuse('did_invalid', 'the did:jwk is not an Ed25519 or P-256 public key')
  const did: Did = `did:jwk:${identifier}`
  const method = { id: `${did}#0`, type: 'JsonWebKey', controller: did, publicKeyJwk: read.jwk }
  return parseDidDocument(
    {
      '@context': ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/jwk/v1'],
      id: did,
      verificationMethod: [method],
      authentication: [method.id],
      assertionMethod: [method.id],
      capabilityInvocation: [method.id],
      capabilityDelegation: [method.id],
    },
    did,
  )
}

/** The method with a cache: a did:jwk never changes. */
export const makeDidJwk = (known?: BoundedCache<DidDocument>): DidMethod =>
  rememberDocuments(resolveDidJwk, known)

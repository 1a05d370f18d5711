import { nodeCrypto } from '../src/adapters/crypto/node.ts'
import { generatePrivateJwk, signerFromJwk } from '../src/adapters/crypto/node-signer.ts'
import {
  authenticateCredential,
  parseSecuredCredential,
} from '../src/credential/authenticate-credential.ts'
import { secureWithDataIntegrity } from '../src/credential/data-integrity.ts'
import { didKey, makeDidKey } from '../src/did/methods/key.ts'
import { makeResolver } from '../src/did/resolve.ts'
import { makeBudget } from '../src/foundation/budget.ts'
import type { JsonObject, JsonValue } from '../src/foundation/json.ts'
import { isRefusal } from '../src/foundation/refusal.ts'
import type { KeyKind } from '../src/keys/algorithm.ts'
import { toMultikey } from '../src/keys/public-key.ts'

/** Somebody with a did:key. */
export function party(kind: KeyKind = 'Ed25519') {
  const jwk = generatePrivateJwk(kind)
  const signer = signerFromJwk(jwk)
  const did = didKey(signer.publicKey)
  return { jwk, signer, did, verificationMethod: `${did}#${toMultikey(signer.publicKey)}` }
}
export type Party = ReturnType<typeof party>

export const now = Date.UTC(2026, 10, 22, 9, 0, 0)
export const needs = {
  clock: () => now,
  crypto: nodeCrypto,
  resolveDid: makeResolver({ key: makeDidKey() }),
  /** Each use is a request of its own. */
  get budget() {
    return makeBudget()
  },
}

export const badge = (issuer: Party, more: JsonObject = {}): JsonObject => ({
  '@context': ['https://www.w3.org/ns/credentials/v2'],
  id: 'urn:uuid:6a0c4c6e-0b5e-4a6f-9a0e-0a7d3f6b2c11',
  type: ['VerifiableCredential'],
  issuer: issuer.did,
  validFrom: '2026-11-22T08:00:00Z',
  credentialSubject: { id: issuer.did, role: 'reader' },
  ...more,
})

export const secure = (
  document: JsonObject,
  { verificationMethod, signer }: Party,
  proofPurpose: 'assertionMethod' | 'authentication' = 'assertionMethod',
  created = now,
) =>
  secureWithDataIntegrity(
    document,
    { verificationMethod, proofPurpose, created },
    signer,
    nodeCrypto,
  )

/** `authentic`, or the reason why not. */
export async function verdict(value: JsonValue, own: Partial<typeof needs> = {}): Promise<string> {
  const parsed = parseSecuredCredential(value)
  const result = isRefusal(parsed)
    ? parsed
    : await authenticateCredential({ ...needs, ...own }, parsed)
  return isRefusal(result) ? result.refused : 'authentic'
}

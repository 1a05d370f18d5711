import type { DIDResolutionResult, IIdentifier, IKey, IVerifyCredentialArgs } from '@veramo/core'
import {
  authenticateCredential,
  parseSecuredCredential,
} from '../credential/authenticate-credential.ts'
import { parseDidDocument } from '../did/document.ts'
import type { ResolveDid } from '../did/resolve.ts'
import { makeBudget } from '../foundation/budget.ts'
import { toHex } from '../foundation/encoding.ts'
import { isArray, type JsonObject, type JsonValue } from '../foundation/json.ts'
import { isRefusal, type Refusal, refuse } from '../foundation/refusal.ts'
import type { Clock } from '../foundation/time.ts'
import type { KeyKind } from '../keys/algorithm.ts'
import { type PublicKey, toMultikey } from '../keys/public-key.ts'
import type { CryptoProvider, Signer } from '../keys/signature.ts'
import { credentialsV1, credentialsV2 } from '../linked-data/context-urls.ts'
import { publicKeyOf, signatureOf } from './key-types.ts'

export interface ProviderNeeds {
  readonly crypto: CryptoProvider
  readonly clock: Clock
  /**
   * Finds keys that lie in this process, for speed; undefined if there is no such key. The Veramo
   * agent's managers are asked for any other, and for all where this is left out.
   */
  readonly signingKey?: (wanted: KeyWanted) => Promise<SigningKey | undefined>
}

/** What a provider asks of the Veramo agent when it verifies … */
export interface VerifierContext {
  readonly agent: { resolveDid(args: { didUrl: string }): Promise<DIDResolutionResult> }
}

/** … and when it issues. */
export interface IssuerContext {
  readonly agent: {
    didManagerGet(args: { did: string }): Promise<IIdentifier>
    keyManagerSign(args: { keyRef: string; data: string; encoding: 'base16' }): Promise<string>
  }
}

export interface SigningKey {
  readonly signer: Signer
  readonly verificationMethod: string
}

/** What to sign with: a key of this DID, of one of these kinds, and the one with this name if any is named. */
export interface KeyWanted {
  readonly did: string
  readonly kinds: readonly KeyKind[]
  readonly keyRef: string | undefined
}

/**
 * The key of an identifier that signs: the one named by `keyRef`, else the first of a fitting kind.
 *
 * @throws Error `key_not_found` if the identifier has none.
 */
export async function signingKeyOf(
  { did, kinds, keyRef }: KeyWanted,
  { signingKey }: Pick<ProviderNeeds, 'signingKey'>,
  context: IssuerContext,
): Promise<SigningKey> {
  const atHand = await signingKey?.({ did, kinds, keyRef })
  if (atHand) return atHand
  const identifier = await context.agent.didManagerGet({ did })
  for (const key of identifier.keys) {
    if (keyRef !== undefined && key.kid !== keyRef) continue
    const publicKey = publicKeyOf(key)
    if (!publicKey || !kinds.includes(publicKey.kind)) continue
    const sign = async (data: Uint8Array) =>
      signatureOf(
        await context.agent.keyManagerSign({
          keyRef: key.kid,
          data: toHex(data),
          encoding: 'base16',
        }),
      )
    return {
      signer: { publicKey, sign },
      verificationMethod: methodOf(identifier, key, publicKey),
    }
  }
  throw new Error(`key_not_found: ${identifier.did} has no key of a kind that fits`)
}

const methodOf = ({ did }: IIdentifier, { meta }: IKey, key: PublicKey): string =>
  typeof meta?.verificationMethod === 'string'
    ? meta.verificationMethod
    : `${did}#${toMultikey(key)}`

/** Resolution through the Veramo agent, its documents read as strictly as ours. */
export const resolverOf =
  (context: VerifierContext): ResolveDid =>
  async (did) => {
    const { didDocument, didResolutionMetadata } = await context.agent.resolveDid({ didUrl: did })
    if (!didDocument)
      return refuse(
        'did_not_found',
        `not resolved: ${didResolutionMetadata.error ?? 'no document'}`,
      )
    return parseDidDocument(didDocument as unknown as JsonValue, did)
  }

/**
 * Veramo's plugin adds VCDM 1.1's `issuanceDate` and context to whatever it is given. Out of a
 * VCDM 2.0 document both are taken again: what is secured is what the caller handed over.
 */
export function withoutAdditions(document: object): JsonObject {
  const { issuanceDate, ...rest } = document as Record<string, JsonValue>
  const contexts = rest['@context']
  if (isArray(contexts) && contexts.includes(credentialsV2))
    rest['@context'] = contexts.filter((item) => item !== credentialsV1)
  else if (issuanceDate !== undefined) rest.issuanceDate = issuanceDate
  // In canonical order, in which it is written and read fastest.
  return Object.fromEntries(
    Object.keys(rest)
      .sort()
      .map((name) => [name, rest[name]!]),
  )
}

/** A verdict in Veramo's form. */
export const veramoVerdict = (flaw: Refusal | undefined) =>
  flaw
    ? { verified: false, error: { message: flaw.detail, errorCode: flaw.refused } }
    : { verified: true }

export const asVerdict = (result: object) => veramoVerdict(isRefusal(result) ? result : undefined)

/** Reads and checks a credential of any form that this project knows, with keys from the agent's resolver. */
export async function verifyCredentialBy(
  needs: ProviderNeeds,
  { credential }: IVerifyCredentialArgs,
  context: VerifierContext,
) {
  const parsed = parseSecuredCredential(credential as unknown as JsonValue)
  return asVerdict(
    isRefusal(parsed)
      ? parsed
      : await authenticateCredential(parsed, {
          ...needs,
          resolveDid: resolverOf(context),
          budget: makeBudget(),
        }),
  )
}

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
   * Finds keys in this process, which is faster; undefined if there is none. The Veramo agent's
   * managers are asked for other keys, or for all if this is omitted.
   */
  readonly signingKey?: (wanted: KeyWanted) => Promise<SigningKey | undefined>
}

/** What a provider needs from the Veramo agent to verify … */
export interface VerifierContext {
  readonly agent: { resolveDid(args: { didUrl: string }): Promise<DIDResolutionResult> }
}

/** … and to issue. */
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

/**
 * Selects the signing key: a key of this DID and one of these kinds, and the named one if any is
 * named.
 */
export interface KeyWanted {
  readonly did: string
  readonly kinds: readonly KeyKind[]
  readonly keyRef: string | undefined
}

/**
 * The signing key of an identifier: the one named by `keyRef`, otherwise the first of a suitable
 * kind.
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
  throw new Error(`key_not_found: ${identifier.did} has no key of a suitable kind`)
}

const methodOf = ({ did }: IIdentifier, { meta }: IKey, key: PublicKey): string =>
  typeof meta?.verificationMethod === 'string'
    ? meta.verificationMethod
    : `${did}#${toMultikey(key)}`

/** Resolution through the Veramo agent. Its documents are parsed as strictly as ours. */
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
 * Veramo's plugin adds VCDM 1.1's `issuanceDate` and context to any input. Both are removed from a
 * VCDM 2.0 document again, so that exactly the caller's document is secured.
 */
export function withoutAdditions(document: object): JsonObject {
  const { issuanceDate, ...rest } = document as Record<string, JsonValue>
  const contexts = rest['@context']
  if (isArray(contexts) && contexts.includes(credentialsV2))
    rest['@context'] = contexts.filter((item) => item !== credentialsV1)
  else if (issuanceDate !== undefined) rest.issuanceDate = issuanceDate
  // In canonical order, which is the fastest to write and read.
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

/**
 * Parses and verifies a credential in any form that this project supports, with keys from the
 * agent's resolver.
 */
export async function verifyCredentialBy(
  needs: ProviderNeeds,
  { credential }: IVerifyCredentialArgs,
  context: VerifierContext,
) {
  const parsed = parseSecuredCredential(credential as unknown as JsonValue)
  return asVerdict(
    isRefusal(parsed)
      ? parsed
      : await authenticateCredential(
          {
            ...needs,
            resolveDid: resolverOf(context),
            budget: makeBudget(),
          },
          parsed,
        ),
  )
}

import type { CryptosuiteName } from '../credential/cryptosuite.ts'
import { secureWithDataIntegrity } from '../credential/data-integrity.ts'
import { envelop, signToken } from '../credential/jose.ts'
import type { Did } from '../did/syntax.ts'
import type { JsonObject } from '../foundation/json.ts'
import type { Milliseconds } from '../foundation/time.ts'
import type { CryptoProvider, Signer } from '../keys/signature.ts'
import { credentialsV2 } from '../linked-data/context-urls.ts'

export interface PresentationOptions {
  readonly holder: Did
  /** A key that the holder's DID document lists under `authentication`. */
  readonly verificationMethod: string
  readonly challenge: string
  /** The audience's DID: no other verifier accepts the presentation. */
  readonly domain: string
  readonly created: Milliseconds
  readonly form: 'data-integrity' | 'vp+jwt'
  /** For a Data Integrity proof; default: over canonical JSON. */
  readonly cryptosuite?: CryptosuiteName
}

/** Creates a presentation: binds credentials to one challenge and one audience. */
export async function createPresentation(
  credentials: readonly JsonObject[],
  options: PresentationOptions,
  signer: Signer,
  crypto: Pick<CryptoProvider, 'sha256' | 'sha384'>,
): Promise<JsonObject> {
  const { holder, verificationMethod, challenge, domain, created, form } = options
  const document = {
    '@context': [credentialsV2],
    type: ['VerifiablePresentation'],
    holder,
    verifiableCredential: credentials,
  }
  if (form === 'vp+jwt') {
    const claims = { ...document, nonce: challenge, aud: domain }
    return envelop(await signToken(claims, 'vp+jwt', verificationMethod, signer), 'vp+jwt')
  }
  const proof = {
    verificationMethod,
    proofPurpose: 'authentication',
    created,
    challenge,
    domain,
    ...(options.cryptosuite === undefined ? {} : { cryptosuite: options.cryptosuite }),
  } as const
  return secureWithDataIntegrity(document, proof, signer, crypto)
}

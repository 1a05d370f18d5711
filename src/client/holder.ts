import { nodeCrypto } from '../adapters/crypto/node.ts'
import type { Did } from '../did/syntax.ts'
import type { JsonObject } from '../json.ts'
import type { Signer } from '../keys/signature.ts'
import { createPresentation } from '../presentation/create-presentation.ts'

export interface Holder {
  readonly did: Did
  readonly verificationMethod: string
  readonly signer: Signer
}

/** Presents credentials to one audience, in answer to its challenge. */
export function present(
  { did, verificationMethod, signer }: Holder,
  credentials: readonly JsonObject[],
  { challenge, domain }: { readonly challenge: string; readonly domain: string },
  form: 'data-integrity' | 'vp+jwt' = 'data-integrity',
): Promise<JsonObject> {
  const options = { holder: did, verificationMethod, challenge, domain, created: Date.now(), form }
  return createPresentation(credentials, options, signer, nodeCrypto)
}

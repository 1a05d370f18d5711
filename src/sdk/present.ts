import { crypto } from '#platform'
import { typeInEnvelope } from '../credential/jose.ts'
import type { Did } from '../did/syntax.ts'
import type { JsonObject } from '../foundation/json.ts'
import type { Signer } from '../keys/signature.ts'
import { createPresentation } from '../presentation/create-presentation.ts'
import { presentSdJwt } from '../presentation/sd-jwt-presentation.ts'

/** An agent that acts with its own key. */
export interface Holder {
  readonly did: Did
  /** The DID URL of its key in its DID document. */
  readonly verificationMethod: string
  /** Signs with the key. The key itself may be elsewhere. */
  readonly signer: Signer
}

/** What the presentation answers, and what it discloses. */
export interface PresentOptions {
  /** What the verifier gave: a presentation answers it once. */
  readonly challenge: string
  /** The DID of the verifier. */
  readonly domain: string
  /** For an SD-JWT VC: ids of the grants to disclose. Default: all. */
  readonly grants?: readonly string[]
}

/**
 * Presents credentials to one audience in answer to its challenge. A single SD-JWT VC is presented
 * by key binding.
 *
 * @returns a presentation, secured by a Data Integrity proof or as `vp+jwt` in its envelope.
 * @see https://www.w3.org/TR/vc-data-model-2.0/#verifiable-presentations
 * @example
 *   const { challenge, domain } = await read(client.challenges.$post({ json: { audience } }))
 *   const presentation = await present(agent, [credential], { challenge, domain })
 */
export function present(
  { did, verificationMethod, signer }: Holder,
  credentials: readonly JsonObject[],
  { challenge, domain, grants }: PresentOptions,
  form: 'data-integrity' | 'vp+jwt' = 'data-integrity',
): Promise<JsonObject> {
  const [first, ...others] = credentials
  if (first && others.length === 0 && typeInEnvelope(first) === 'dc+sd-jwt') {
    const issuedAt = Math.floor(Date.now() / 1000)
    const bound = { challenge, domain, issuedAt, ...(grants ? { grants } : {}) }
    return presentSdJwt(first, bound, signer, crypto)
  }
  const options = { holder: did, verificationMethod, challenge, domain, created: Date.now(), form }
  return createPresentation(credentials, options, signer, crypto)
}

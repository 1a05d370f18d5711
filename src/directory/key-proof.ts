import { toBase64url, utf8 } from '../foundation/encoding.ts'
import { toMultikey } from '../keys/public-key.ts'
import type { Signer } from '../keys/signature.ts'

/** Proof of possession of a key: a signature over `keyProofText` of the agent and a challenge. */
export interface KeyProof {
  /** Multikey form. */
  readonly publicKeyMultibase: string
  readonly challenge: string
  /** base64url of 64 bytes. */
  readonly signature: string
}

/** Starts with a prefix that no other signed text has, so that no signature made for another purpose is accepted. */
export const keyProofText = (agent: string, challenge: string): string =>
  `procura key proof\n${agent}\n${challenge}`

export async function proveKey(
  agent: string,
  challenge: string,
  signer: Signer,
): Promise<KeyProof> {
  const signature = await signer.sign(utf8(keyProofText(agent, challenge)))
  return {
    publicKeyMultibase: toMultikey(signer.publicKey),
    challenge,
    signature: toBase64url(signature),
  }
}

import type { Deps } from '../../deps.ts'
import type { Agent } from '../../directory/agent.ts'
import { type KeyProof, keyProofText } from '../../directory/key-proof.ts'
import { fromBase64url, utf8 } from '../../foundation/encoding.ts'
import { ServiceError } from '../../foundation/errors.ts'
import { isRefusal } from '../../foundation/refusal.ts'
import { fromMultikey, type PublicKey } from '../../keys/public-key.ts'
import { verifySignature } from '../../keys/signature.ts'
import {
  type Challenge,
  challengeLifetime,
  checkChallenge,
  makeChallenge,
} from '../../presentation/challenge.ts'

type Needs = Pick<Deps, 'clock' | 'crypto' | 'settings'>

/** Bound to the owner, so that a challenge given before a hand-over proves nothing after it. */
const bindingOf = ({ id, owner }: Pick<Agent, 'id' | 'owner'>) => ({
  caller: `key-proof:${id}:${owner}`,
  audience: id,
})

export function makeKeyChallenge(
  needs: Needs,
  agent: Pick<Agent, 'id' | 'owner'>,
): Promise<string> {
  const expiresAt = needs.clock() + challengeLifetime.max * 1000
  return makeChallenge(bindingOf(agent), expiresAt, needs.settings.challengeKeys[0], needs.crypto)
}

/**
 * @returns the proven key, and the challenge to spend.
 * @throws ServiceError `key_proof_invalid`
 */
export async function checkKeyProof(
  needs: Needs,
  agent: Pick<Agent, 'id' | 'owner'>,
  proof: KeyProof,
): Promise<{ readonly key: PublicKey; readonly challenge: Challenge }> {
  const invalid = (detail: string) => new ServiceError('key_proof_invalid', detail)
  const key = fromMultikey(proof.publicKeyMultibase)
  if (!key)
    throw invalid('publicKeyMultibase must be a Multikey of a valid Ed25519 or P-256 public key')
  const challenge = await checkChallenge(
    proof.challenge,
    bindingOf(agent),
    needs.clock(),
    needs.settings.challengeKeys,
    needs.crypto,
  )
  if (isRefusal(challenge)) throw invalid('the challenge is not for this agent, or has expired')
  const signature = fromBase64url(proof.signature)
  const text = utf8(keyProofText(agent.id, proof.challenge))
  if (!signature || !(await verifySignature(needs.crypto, key, text, signature)))
    throw invalid('this key did not sign the challenge')
  return { key, challenge }
}

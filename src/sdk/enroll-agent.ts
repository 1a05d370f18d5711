import { proveKey } from '../directory/key-proof.ts'
import type { PrivateJwk } from '../keys/private-jwk.ts'
import { toMultikey } from '../keys/public-key.ts'
import type { Signer } from '../keys/signature.ts'
import { type Client, read } from './client.ts'
import { generatePrivateJwk, signerFromJwk } from './keys.ts'
import type { Holder } from './present.ts'

type RegistrationInput = Parameters<Client['agents']['$post']>[0]['json']

/** What an agent is registered with; `keyKind` follows from the key. */
export type NewAgent = Omit<RegistrationInput, 'custody' | 'keyKind'>

/** An agent with its key. */
export interface EnrolledAgent extends Holder {
  /** Its id in the service. */
  readonly id: string
  /** Store it as a secret: anyone who has it can act as the agent. Undefined if the caller passed a signer. */
  readonly privateJwk: PrivateJwk | undefined
}

/**
 * Registers an agent that holds its own key, and proves possession of the key. The service then
 * assigns the DID.
 *
 * @param client of a caller who may register agents.
 * @param key where the key is kept elsewhere, such as an HSM. Without it a new Ed25519 key is made.
 * @throws ProblemError if the service refuses.
 * @example
 *   const agent = await enrollAgent(client, { name: 'reporter', owner: ada.id })
 */
export async function enrollAgent(
  client: Client,
  agent: NewAgent,
  key?: Signer,
): Promise<EnrolledAgent> {
  const privateJwk = key ? undefined : await generatePrivateJwk()
  const signer = key ?? signerFromJwk(privateJwk!)
  const json = { ...agent, keyKind: signer.publicKey.kind }
  const { id, keyChallenge } = await read(client.agents.$post({ json }))
  if (keyChallenge === undefined)
    throw new TypeError('the service gave no challenge: it keeps the key of this agent itself')
  const proof = await proveKey(id, keyChallenge, signer)
  const active = await read(client.agents[':id'].activate.$post({ param: { id }, json: proof }))
  return { id, privateJwk, ...holderFrom(active.did!, signer) }
}

/**
 * An enrolled agent, from its DID and its key.
 *
 * @example
 *   const { DID, JWK } = process.env
 *   const agent = holderFrom(DID as Did, signerFromJwk(JSON.parse(JWK ?? '')))
 */
export const holderFrom = (did: Holder['did'], signer: Signer): Holder => ({
  did,
  verificationMethod: `${did}#${toMultikey(signer.publicKey)}`,
  signer,
})

/**
 * The SDK: call the service, hold and present credentials, verify and decide without the service.
 */

export {
  generatePrivateJwk,
  type PrivateJwk,
  signerFromJwk,
} from '../adapters/crypto/node-signer.ts'
export { type SecuringMechanism, securingMechanisms } from '../credential/issuer.ts'
export { proveKey } from '../directory/key-proof.ts'
export { type Client, type Credentials, makeClient, ProblemError, read } from './client.ts'
export {
  type Delegation,
  DelegationError,
  delegate,
  type Holder,
  present,
  signDelegation,
} from './holder.ts'
export { makeVerifier, type Verifier, type VerifierOptions } from './verifier.ts'

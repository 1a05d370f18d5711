/** `@procura/sdk/holder`: an agent's key, its enrollment, its presentations and its delegations. */
export { proveKey } from '../directory/key-proof.ts'
export type { PrivateJwk } from '../keys/private-jwk.ts'
export type { Signer } from '../keys/signature.ts'
export { type Delegation, DelegationError, delegate, signDelegation } from './delegate.ts'
export { type EnrolledAgent, enrollAgent, holderFrom, type NewAgent } from './enroll-agent.ts'
export { generatePrivateJwk, signerFromJwk } from './keys.ts'
export { type Holder, type PresentOptions, present } from './present.ts'
export { type PresentingFetchOptions, presentingFetch } from './presenting-fetch.ts'

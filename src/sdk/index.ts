/** `@procura/sdk`: call the service, hold and present credentials, verify and decide without the service. */

export { type SecuringMechanism, securingMechanisms } from '../credential/issuer.ts'
export type { Did } from '../did/syntax.ts'
export { type Scope, scopes } from '../directory/api-key.ts'
export type { Id } from '../foundation/id.ts'
export type { JsonObject, JsonValue } from '../foundation/json.ts'
export { type Reason, reasons } from '../foundation/refusal.ts'
export type { KeyKind } from '../keys/algorithm.ts'
export type { Decision } from '../permission/decide.ts'
export type {
  ConstraintJson as Constraint,
  DelegationTermsJson as DelegationTerms,
  GrantJson as Grant,
} from '../permission/grant-json.ts'
export type { Invocation, Observed } from '../permission/invocation.ts'
export { type Client, type Credentials, makeClient, ProblemError, read } from './client.ts'
export {
  type ChallengeToAnswer,
  type Decider,
  type DecisionRequest,
  decideByService,
} from './decider.ts'
export * from './holder.ts'
export type { Act } from './read-act.ts'
export { makeVerifier, type Verdict, type Verifier, type VerifierOptions } from './verifier.ts'

import type { SecuredCredential } from '../credential/authenticate-credential.ts'
import type { Proof } from '../credential/data-integrity.ts'
import type { Token } from '../credential/jose.ts'
import type { Did } from '../did/syntax.ts'
import type { JsonObject } from '../json.ts'

export type PresentationSecuring =
  | { readonly mechanism: 'data-integrity'; readonly proofs: readonly Proof[] }
  | { readonly mechanism: 'jose'; readonly token: Token }

/** A presentation whose shape was checked. Its credentials are read but not authenticated. */
export interface Presentation {
  readonly document: JsonObject
  readonly holder: Did
  readonly credentials: readonly PresentedCredential[]
  readonly securing: PresentationSecuring
  readonly challenge: string | undefined
  readonly domains: readonly string[]
}

export interface PresentedCredential {
  /** The JCS form of the secured credential: the holder's proof covers it, and memory knows it by it. */
  readonly canonical: string
  readonly json: JsonObject
}

/** Signed by its holder for this domain and challenge. */
declare const byHolder: unique symbol
export type AuthenticPresentation = Presentation & { readonly [byHolder]: true }

export type { SecuredCredential }

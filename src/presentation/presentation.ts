import type { SecuredCredential, Securing } from '../credential/authenticate-credential.ts'
import type { Did } from '../did/syntax.ts'
import type { JsonObject } from '../foundation/json.ts'

/** Secured like a credential; for an SD-JWT, by its key binding. */
export type PresentationSecuring = Securing

/** A presentation of checked form. Its credentials are parsed but not authenticated. */
export interface Presentation {
  readonly document: JsonObject
  readonly holder: Did
  readonly credentials: readonly PresentedCredential[]
  readonly securing: PresentationSecuring
  readonly challenge: string | undefined
  readonly domains: readonly string[]
}

export interface PresentedCredential {
  /**
   * The JCS form of the secured credential: the holder's proof covers it, and it is the key in
   * memory.
   */
  readonly canonical: string
  readonly json: JsonObject
}

/** Signed by its holder for this domain and challenge. */
declare const byHolder: unique symbol
export type AuthenticPresentation = Presentation & { readonly [byHolder]: true }

export type { SecuredCredential }

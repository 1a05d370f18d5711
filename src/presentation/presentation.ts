import type { SecuredCredential, Securing } from '../credential/authenticate-credential.ts'
import type { Did } from '../did/syntax.ts'
import type { JsonObject } from '../foundation/json.ts'

/** As a credential is secured; an SD-JWT by its key binding. */
export type PresentationSecuring = Securing

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

import type { BoundedCache } from '../foundation/cache.ts'
import type { JsonObject } from '../foundation/json.ts'
import type { PublicKey } from '../keys/public-key.ts'
import type { SecuredCredential } from './authenticate-credential.ts'
import type { Authentic } from './credential.ts'
import type { CredentialStore } from './credential-store.ts'
import type { Issuer, IssuerStore, SecuringMechanism, TrustedIssuerStore } from './issuer.ts'
import type { SchemaNeeds } from './schema.ts'
import type { IsTrusted } from './trust.ts'

/** A credential with a valid signature, and the JCS form that it covers. */
export interface RememberedCredential {
  readonly canonical: string
  readonly credential: Authentic<SecuredCredential>
}

export interface SecuringOptions {
  /** For ecdsa-sd-2023: JSON pointers to what its holder must always reveal. */
  readonly mandatoryPointers?: readonly string[] | undefined
  /** For an SD-JWT VC: the holder's key. */
  readonly holderKey?: PublicKey | undefined
}

/** Issuers, and credentials issued here or verified. */
export interface CredentialCapabilities {
  readonly issuers: IssuerStore
  readonly trustedIssuers: TrustedIssuerStore
  readonly isTrusted: IsTrusted
  readonly credentials: CredentialStore
  /**
   * Secures a credential through the Veramo agent, with the current key of the issuer.
   *
   * @throws ServiceError `signing_unavailable`, or `credential_malformed` for a document that
   *   cannot be secured this way.
   */
  readonly secureCredential: (
    issuer: Issuer,
    document: JsonObject,
    mechanism: SecuringMechanism,
    options?: SecuringOptions,
  ) => Promise<JsonObject>
  readonly foreignSchemas: SchemaNeeds['foreignSchemas']
  /** By signature text. Only signatures are cached; time and status are checked on every use. */
  readonly authenticCredentials: BoundedCache<RememberedCredential>
}

import type { JsonArray, JsonObject } from '../../foundation/json.ts'

/** As the credential has them; none where it is no task permission. */
export function grantsInCredential(secured: JsonObject): JsonArray {
  const { permission } = (secured.credentialSubject ?? {}) as {
    permission?: { grants?: JsonArray }
  }
  return permission?.grants ?? []
}

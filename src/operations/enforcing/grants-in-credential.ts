import type { JsonArray, JsonObject } from '../../foundation/json.ts'

/** The grants as written; empty if it is not a task permission. */
export function grantsInCredential(secured: JsonObject): JsonArray {
  const { permission } = (secured.credentialSubject ?? {}) as {
    permission?: { grants?: JsonArray }
  }
  return permission?.grants ?? []
}

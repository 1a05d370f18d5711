import type { Validator } from '@cfworker/json-schema'
import type { Cache } from '../cache.ts'
import type { GuardedFetch } from '../fetch.ts'
import { isObject, type JsonObject, parseJson } from '../json.ts'
import { isRefusal, type Refusal, refuse } from '../refusal.ts'
import type { Credential } from './credential.ts'
import { asList } from './parse-credential.ts'

export interface SchemaNeeds {
  readonly fetch: GuardedFetch
  /** By URL. */
  readonly foreignSchemas: Cache<Validator>
}

/**
 * Whether a credential is as the JSON Schemas that it names say. To be asked only of a credential
 * whose issuer is trusted: schemas are fetched. A schema of another type is not understood, and
 * denies.
 *
 * @see https://www.w3.org/TR/vc-json-schema/#jsonschema
 */
export async function flawOfSchemas(
  { document }: Credential,
  needs: SchemaNeeds,
): Promise<Refusal | undefined> {
  for (const entry of asList(document.credentialSchema)) {
    if (!isObject(entry) || entry.type !== 'JsonSchema' || typeof entry.id !== 'string')
      return refuse('schema_unsupported')
    const validator = await validatorAt(entry.id, needs)
    if (isRefusal(validator)) return validator
    if (!isValid(validator, document)) return refuse('schema_mismatch')
  }
  return undefined
}

/** A schema may be one that the validator cannot follow: then nothing keeps to it. */
function isValid(validator: Validator, document: JsonObject): boolean {
  try {
    return validator.validate(document).valid
  } catch {
    return false
  }
}

async function validatorAt(url: string, needs: SchemaNeeds): Promise<Validator | Refusal> {
  const known = needs.foreignSchemas.get(url)
  if (known) return known
  const schema = await fetchSchema(url, needs)
  if (isRefusal(schema)) return schema
  const validator = await makeValidator(schema)
  needs.foreignSchemas.set(url, validator)
  return validator
}

/** Read when the first schema is met: most verifiers never meet one. */
async function makeValidator(schema: object): Promise<Validator> {
  const { Validator } = await import('@cfworker/json-schema')
  return new Validator(schema, '2020-12', true)
}

async function fetchSchema(url: string, { fetch }: SchemaNeeds): Promise<object | Refusal> {
  const fetched = await fetch(url, 'application/schema+json, application/json;q=0.9')
  const schema = isRefusal(fetched) ? undefined : readSchema(fetched.body)
  return schema ?? refuse('schema_unavailable')
}

function readSchema(body: Uint8Array): JsonObject | undefined {
  try {
    const schema = parseJson(body)
    return isObject(schema) ? schema : undefined
  } catch {
    return undefined
  }
}

import type { Budget } from '../foundation/budget.ts'
import type { BoundedCache } from '../foundation/cache.ts'
import type { GuardedFetch } from '../foundation/guarded-fetch.ts'
import { isObject, type JsonObject, parseJson } from '../foundation/json.ts'
import { isRefusal, type Refusal, refuse } from '../foundation/refusal.ts'
import type { ParsedCredential } from './credential.ts'
import { type BoundedSchema, flawOfVisits, isAsSchema, prepareSchema } from './json-schema.ts'
import { asList } from './parse-credential.ts'

export interface SchemaNeeds {
  readonly fetch: GuardedFetch
  /** By URL. */
  readonly foreignSchemas: BoundedCache<BoundedSchema>
  readonly budget: Budget
}

/**
 * Checks a credential against the JSON Schemas that it names. Only for a trusted issuer's
 * credential, since schemas are fetched and evaluated within the budget of the request. A schema of
 * another type is unsupported, and denies.
 *
 * @see https://www.w3.org/TR/vc-json-schema/#jsonschema
 */
export async function flawOfSchemas(
  needs: SchemaNeeds,
  { document }: ParsedCredential,
): Promise<Refusal | undefined> {
  for (const entry of asList(document.credentialSchema)) {
    if (!isObject(entry) || entry.type !== 'JsonSchema' || typeof entry.id !== 'string')
      return refuse('schema_unsupported')
    const schema = await schemaAt(entry.id, needs)
    const flaw = isRefusal(schema) ? schema : flawOfVisits(schema, document, needs.budget)
    if (isRefusal(schema) || flaw) return flaw
    if (!(await isAsSchema(schema, document))) return refuse('schema_mismatch')
  }
  return undefined
}

async function schemaAt(url: string, needs: SchemaNeeds): Promise<BoundedSchema | Refusal> {
  const known = needs.foreignSchemas.get(url)
  if (known) return known
  const fetched = await fetchSchema(url, needs)
  if (isRefusal(fetched)) return fetched
  const schema = await prepareSchema(fetched)
  if (!isRefusal(schema)) needs.foreignSchemas.set(url, schema)
  return schema
}

async function fetchSchema(
  url: string,
  { fetch, budget }: SchemaNeeds,
): Promise<JsonObject | Refusal> {
  const excess = budget.spend('fetches')
  if (excess) return excess
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

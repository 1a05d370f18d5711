import { fromBase64, fromMultibase64url, toBase64 } from '../foundation/encoding.ts'
import { isObject, type JsonObject, type JsonValue } from '../foundation/json.ts'
import { credentialsV2 } from '../linked-data/context-urls.ts'
import { isUrl } from './url.ts'

/**
 * SHA-256, SHA-384 and SHA-512, in base64, of documents at a URL: the v2 context of the
 * Recommendation, and its revision of July 2024, which credentials still name.
 */
const knownDigests: ReadonlyMap<string, readonly (readonly string[])[]> = new Map([
  [
    credentialsV2,
    [
      [
        'WZVc7WaX1h4D8rJVb+vlMIqxaEKEb1tYbX8fet7JJzQ=',
        'l/HrjlBCNWyAX91hr6LFV2Y3heB5Tcr6IeE4/Tje8YyzYBM8IhqjHWiWpr8+ZbYU',
        'XVVFK9Lc+KKfWikEc+skKxxft31OaPGgqoe6pNuiaUhS1l7GPUisBKmdlW+fcVO5QG+E0tBMdIabAsI5odgTBQ==',
      ],
      [
        'JKGMkOmFbVJhEfKTduMC2XCyvRAYLjOVmZWwIH1wQ7k=',
        'NSOcNpmdIVUxIJGvGUoe22FjTWrXiaXlsZ8q6912LdnR3KraQO2n75Ica4wK4Qeg',
        'yxM236hnDYDQM0SzsMwl+vTUUgGCPDXzm7Gv5an5EfYV/07IDsXy+J4z0U6Wvsi+eOON81uRjJzV87NEm9bIjw==',
      ],
    ],
  ],
])

const digestBytes = { sha256: 32, sha384: 48, sha512: 64 } as const
const integrity = /^(sha256|sha384|sha512)-([A-Za-z0-9+/]+={0,2})(?:\?\S*)?$/

/**
 * Checks `relatedResource`. Digests of bundled documents are compared; other documents are never
 * fetched, and their digests are for those who fetch them.
 *
 * @see https://www.w3.org/TR/vc-data-model-2.0/#integrity-of-related-resources
 */
export function flawOfResources(resources: readonly JsonValue[]): string | undefined {
  const seen = new Set<JsonValue>()
  for (const resource of resources) {
    if (!isObject(resource) || !isUrl(resource.id))
      return 'a relatedResource must be an object with an id'
    if (seen.has(resource.id!)) return 'two relatedResources have the same id'
    seen.add(resource.id!)
    const digests = digestsOf(resource)
    if (!digests) return 'a relatedResource must have digestSRI or digestMultibase, well formed'
    const known = knownDigests.get(resource.id as string)
    if (known && !digests.every((digest) => known.some((revision) => revision.includes(digest))))
      return 'a relatedResource differs from its digest'
  }
  return undefined
}

/** In base64; undefined if absent or malformed. */
function digestsOf({ digestSRI, digestMultibase }: JsonObject): readonly string[] | undefined {
  const digests: string[] = []
  if (digestSRI !== undefined) {
    if (typeof digestSRI !== 'string') return undefined
    for (const part of digestSRI.trim().split(/\s+/)) {
      const [, name, text] = integrity.exec(part) ?? []
      const bytes = text === undefined ? undefined : fromBase64(text)
      if (bytes?.length !== digestBytes[name as keyof typeof digestBytes]) return undefined
      digests.push(text!)
    }
  }
  if (digestMultibase !== undefined) {
    const bytes =
      typeof digestMultibase === 'string' ? fromMultibase64url(digestMultibase) : undefined
    if (bytes?.length !== digestBytes.sha256) return undefined
    digests.push(toBase64(bytes))
  }
  return digests.length > 0 ? digests : undefined
}

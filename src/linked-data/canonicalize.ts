import { toHex } from '../encoding.ts'
import { isObject, type JsonObject, type JsonValue } from '../json.ts'
import { type Refusal, refuse } from '../refusal.ts'
import { bundledInitialContext } from './active-context.ts'
import { loadContexts } from './bundled-contexts.ts'
import { canonicalQuads, type HashText } from './canonical-quads.ts'
import { toQuads } from './to-quads.ts'

/** Members of a document, and terms of its own contexts, that are left to the library at most. */
const maxMembers = 4096
const maxTerms = 256
/** A context inside of another is read anew at each node that it is for. */
const maxMembersTimesTerms = 200_000
/** Looks at graphs that are built to cost much end here, after some 50 ms. */
const maxDigests = 3_000
const maxPermutations = 1_000

/**
 * The canonical N-Quads of a JSON-LD document: expanded in safe mode, so that nothing in it is
 * lost, and named by RDFC-1.0. No context is fetched. Refused are documents in which a term, type
 * or value has no meaning, and graphs that would cost too much.
 *
 * @param hash SHA-256, or SHA-384 where the cryptosuite says so.
 * @see https://www.w3.org/TR/rdf-canon/
 * @see https://www.w3.org/TR/vc-data-integrity/#securing-data-losslessly
 */
export async function canonicalizeRdf(
  document: JsonObject,
  hash: HashText,
): Promise<string | Refusal> {
  const bundled = bundledInitialContext()
  const quads = toQuads(document, bundled instanceof Promise ? await bundled : bundled)
  const canonical = quads && (await canonicalQuads(quads, hash))
  return canonical ?? canonicalizeByLibrary(document, hash)
}

/** JSON-LD and RDFC-1.0 in full, by jsonld and rdf-canonize, within bounds. */
export async function canonicalizeByLibrary(
  document: JsonObject,
  hash: HashText,
): Promise<string | Refusal> {
  const dataset = await datasetByLibrary(document)
  if (!Array.isArray(dataset)) return dataset as Refusal
  return canonicalizeDataset(dataset, hash)
}

/** @param canonicalIds gets, for each blank node of the dataset, its canonical label. */
export async function canonicalizeDataset(
  dataset: readonly object[] | string,
  hash: HashText,
  canonicalIds?: Map<string, string>,
): Promise<string | Refusal> {
  let digests = 0
  let permutations = 0
  const { canonize } = await import('rdf-canonize')
  try {
    return await canonize(dataset, {
      algorithm: 'RDFC-1.0',
      ...(typeof dataset === 'string' ? { inputFormat: 'application/n-quads' } : {}),
      maxWorkFactor: 3,
      signal: {
        get aborted() {
          return ++permutations > maxPermutations
        },
        reason: 'the graph would cost too much',
      },
      createMessageDigest() {
        if (++digests > maxDigests) throw new Error('the graph would cost too much')
        let text = ''
        return {
          update(more) {
            text += more
          },
          digest: async () => toHex(await hash(text)),
        }
      },
      ...(canonicalIds ? { canonicalIdMap: canonicalIds } : {}),
    })
  } catch {
    return refuse('too_large', 'its graph would cost too much to canonicalize')
  }
}

export const libraryOptions = {
  safe: true,
  base: null,
  rdfDirection: 'i18n-datatype',
  produceGeneralizedRdf: false,
  async documentLoader(url: string) {
    const document = (await loadContexts()).get(url)
    if (!document) throw new Error('a context that is not bundled is never fetched')
    return { contextUrl: null, document, documentUrl: url }
  },
} as const

async function datasetByLibrary(document: JsonObject): Promise<readonly object[] | Refusal> {
  const flaw = flawOfSize(document)
  if (flaw) return flaw
  const { default: jsonld } = await import('jsonld')
  try {
    return await jsonld.toRDF(document, libraryOptions)
  } catch {
    return refuse('data_loss')
  }
}

/** Whether a document is more than the library may be given. */
export function flawOfSize(document: JsonObject): Refusal | undefined {
  let members = 0
  let terms = 0
  const walk = (value: JsonValue, isContext: boolean): void => {
    if (Array.isArray(value)) {
      for (const item of value) {
        members++
        walk(item, isContext)
      }
      return
    }
    if (!isObject(value)) return
    for (const name of Object.keys(value)) {
      const inContext = isContext || name === '@context'
      if (isContext) terms++
      members++
      walk(value[name]!, inContext)
    }
  }
  walk(document, false)
  if (members > maxMembers)
    return refuse('too_large', `a document of this kind is limited to ${maxMembers} members`)
  return terms > maxTerms || members * terms > maxMembersTimesTerms
    ? refuse('too_large', `contexts in the document are limited to ${maxTerms} members`)
    : undefined
}

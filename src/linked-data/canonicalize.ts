import type { Budget } from '../foundation/budget.ts'
import { toHex } from '../foundation/encoding.ts'
import { isArray, isObject, type JsonObject, type JsonValue } from '../foundation/json.ts'
import { packageMissing } from '../foundation/optional-package.ts'
import { isRefusal, type Refusal, refuse } from '../foundation/refusal.ts'
import { bundledInitialContext } from './active-context.ts'
import { loadContexts } from './bundled-contexts.ts'
import { canonicalQuads, type HashText } from './canonical-quads.ts'
import { toQuads } from './to-quads.ts'

/**
 * At most this many members of a document, and terms of its embedded contexts, are passed to the
 * library.
 */
const maxMembers = 4096
const maxTerms = 256
/** A nested context is processed again at each node it applies to. */
const maxMembersTimesTerms = 200_000
/** A type may bring a context, with which its node is processed again. */
const membersPerType = 10
/**
 * At each step the library copies the names of up to this many blank nodes, in the time of one
 * hash.
 */
const copiedPerHash = 50
/** The library checks at every third permutation whether it should stop. */
const permutationsPerLook = 3

/**
 * Returns the canonical N-Quads of a JSON-LD document: expanded in safe mode, so that nothing is
 * lost, and labelled by RDFC-1.0. No context is fetched. Refuses documents with undefined terms,
 * types or values, and graphs that would cost too much.
 *
 * @param hash SHA-256, or SHA-384 if the cryptosuite says so.
 * @see https://www.w3.org/TR/rdf-canon/
 * @see https://www.w3.org/TR/vc-data-integrity/#securing-data-losslessly
 */
export async function canonicalizeRdf(
  document: JsonObject,
  hash: HashText,
  budget: Budget,
): Promise<string | Refusal> {
  const bundled = bundledInitialContext()
  const quads = toQuads(document, bundled instanceof Promise ? await bundled : bundled, budget)
  if (isRefusal(quads)) return quads
  const canonical = quads && (await canonicalQuads(quads, hash, budget))
  return canonical ?? canonicalizeByLibrary(document, hash, budget)
}

/** Complete JSON-LD and RDFC-1.0, by jsonld and rdf-canonize, within bounds. */
export async function canonicalizeByLibrary(
  document: JsonObject,
  hash: HashText,
  budget: Budget,
): Promise<string | Refusal> {
  const dataset = await datasetByLibrary(document, budget)
  return isRefusal(dataset) ? dataset : canonicalizeDataset(dataset, hash, budget)
}

/** A statement in the library's form. */
interface LibraryQuad {
  readonly subject: LibraryTerm
  readonly predicate: LibraryTerm
  readonly object: LibraryTerm
  readonly graph: LibraryTerm
}
interface LibraryTerm {
  readonly termType: string
  readonly value: string
}

/** Length of a dataset as text, and its number of blank nodes. */
function measure(dataset: readonly LibraryQuad[] | string): { length: number; blanks: number } {
  const blanks = new Set<string>()
  if (typeof dataset === 'string') {
    for (const [blank] of dataset.matchAll(/_:\S+/g)) blanks.add(blank)
    return { length: dataset.length, blanks: blanks.size }
  }
  let length = 0
  for (const { subject, predicate, object, graph } of dataset)
    for (const { termType, value } of [subject, predicate, object, graph]) {
      length += value.length
      if (termType === 'BlankNode') blanks.add(value)
    }
  return { length, blanks: blanks.size }
}

/** @param canonicalIds receives the canonical label of each blank node of the dataset. */
export async function canonicalizeDataset(
  dataset: readonly LibraryQuad[] | string,
  hash: HashText,
  budget: Budget,
  canonicalIds?: Map<string, string>,
): Promise<string | Refusal> {
  const { length, blanks } = measure(dataset)
  let excess = budget.spend('canonicalBytes', length)
  if (excess) return excess
  const step = 1 + Math.floor(blanks / copiedPerHash)
  const take = (steps: number) => {
    excess = budget.spend('graphSteps', steps * step)
    return excess !== undefined
  }
  const { canonize } = await import('rdf-canonize').catch(packageMissing('rdf-canonize'))
  try {
    return await canonize(dataset, {
      algorithm: 'RDFC-1.0',
      ...(typeof dataset === 'string' ? { inputFormat: 'application/n-quads' } : {}),
      maxWorkFactor: 3,
      signal: {
        get aborted() {
          return take(permutationsPerLook)
        },
        reason: 'the graph would cost too much',
      },
      createMessageDigest() {
        if (take(1)) throw new Error('the graph would cost too much')
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
    // For a graph of many similar nodes, the library gives up before our bound is reached.
    return excess ?? refuse('budget_exceeded', 'its graph would cost too much to canonicalize')
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

async function datasetByLibrary(
  document: JsonObject,
  budget: Budget,
): Promise<readonly LibraryQuad[] | Refusal> {
  const flaw = flawOfExpansion(document, budget)
  if (flaw) return flaw
  const { default: jsonld } = await import('jsonld').catch(packageMissing('jsonld'))
  try {
    return (await jsonld.toRDF(
      document,
      libraryOptions,
    )) as readonly object[] as readonly LibraryQuad[]
  } catch {
    return refuse('data_loss')
  }
}

/**
 * Whether a document exceeds what the library may be given, alone or within the request's remaining
 * budget.
 */
export function flawOfExpansion(document: JsonObject, budget: Budget): Refusal | undefined {
  let members = 0
  let types = 0
  let terms = 0
  let repeated = 0
  const walk = (value: JsonValue, isContext: boolean): void => {
    if (Array.isArray(value)) {
      for (const item of value) {
        members++
        walk(item, isContext)
      }
      return
    }
    if (!isObject(value)) return
    const before = members
    for (const name of Object.keys(value)) {
      const inContext = isContext || name === '@context'
      if (isContext) terms++
      members++
      if (name === 'type') types += isArray(value.type) ? value.type.length : 1
      walk(value[name]!, inContext)
    }
    // Each statement repeats the name of its subject.
    if (typeof value.id === 'string') repeated += value.id.length * (members - before)
  }
  walk(document, false)
  if (members > maxMembers)
    return refuse('too_large', `a document of this kind is limited to ${maxMembers} members`)
  if (terms > maxTerms || members * terms > maxMembersTimesTerms)
    return refuse('too_large', `contexts in the document are limited to ${maxTerms} members`)
  const isTooLong = repeated > budget.left('canonicalBytes')
  return (
    (isTooLong ? budget.spend('canonicalBytes', repeated) : undefined) ??
    budget.spend('expansionSteps', members + membersPerType * types)
  )
}

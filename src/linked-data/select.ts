import type { SelectedStatements } from '@digitalbazaar/di-sd-primitives'
import type { Budget } from '../foundation/budget.ts'
import { ServiceError } from '../foundation/errors.ts'
import type { JsonObject } from '../foundation/json.ts'
import { packageMissing } from '../foundation/optional-package.ts'
import { isRefusal } from '../foundation/refusal.ts'
import type { HashText } from './canonical-quads.ts'
import {
  canonicalizeByLibrary,
  canonicalizeDataset,
  flawOfExpansion,
  libraryOptions,
} from './canonicalize.ts'

/** The canonical statements of a document, with labels that only this document uses, and the selected ones among them. */
export interface StatementGroup {
  /** By their position among all statements. */
  readonly matching: ReadonlyMap<number, string>
  readonly others: ReadonlyMap<number, string>
  /** The selected part, with the document's labels for blank nodes. */
  readonly statements: readonly string[]
}

export interface GroupedStatements<Name extends string> {
  readonly groups: Readonly<Record<Name, StatementGroup>>
  /** From the canonical labels that a verifier of these statements will compute, to ours. */
  labels(statements: readonly string[]): Promise<ReadonlyMap<string, string>>
}

/**
 * Selects statements by JSON pointers with @digitalbazaar/di-sd-primitives, which expands and
 * compacts a document again for it, within our bounds.
 *
 * @param label a blank node's label from its canonical one.
 * @param hash SHA-256.
 * @throws ServiceError `credential_malformed` if a pointer finds nothing, or the document has
 *   undefined terms.
 * @see https://www.w3.org/TR/vc-di-ecdsa/#canonicalizeandgroup
 */
export async function groupStatements<Name extends string>(
  document: JsonObject,
  pointers: Readonly<Record<Name, readonly string[]>>,
  label: (canonical: string) => Promise<string>,
  hash: HashText,
  budget: Budget,
): Promise<GroupedStatements<Name>> {
  // Blank nodes get such names temporarily, so a document must not use them.
  if (JSON.stringify(document).includes('urn:bnid:')) throw malformed('it names a urn:bnid:')
  // The library has no bounds here, so its work is done once within ours first, and again for each
  // group.
  const canonical = await canonicalizeByLibrary(document, hash, budget)
  if (isRefusal(canonical)) throw malformed(canonical.detail)
  for (const each of Object.values<readonly string[]>(pointers)) {
    const flaw = flawOfExpansion(document, budget) ?? flawOfSelection(document, each, budget)
    if (flaw) throw malformed(flaw.detail)
  }
  const library = await loadPrimitives()
  try {
    const skolemized = await library.skolemizeCompactJsonLd({ document, options: libraryOptions })
    const { nquads, labelMap } = await library.labelReplacementCanonicalizeNQuads({
      nquads: await library.toDeskolemizedNQuads({
        document: skolemized.expanded,
        options: libraryOptions,
      }),
      labelMapFactoryFunction: async ({ canonicalIdMap }) => {
        const made = new Map<string, string>()
        for (const [input, canonical] of canonicalIdMap) made.set(input, await label(canonical))
        return made
      },
      options: libraryOptions,
    })
    const groups: Record<string, StatementGroup> = {}
    for (const [name, each] of Object.entries<readonly string[]>(pointers)) {
      const selected = await library.selectCanonicalNQuads({
        document: skolemized.compact,
        pointers: each,
        labelMap,
        options: libraryOptions,
      })
      groups[name] = groupOf(nquads, selected)
    }
    return {
      groups: groups as Record<Name, StatementGroup>,
      async labels(statements) {
        const canonicalIds = new Map<string, string>()
        const canonical = await canonicalizeDataset(statements.join(''), hash, budget, canonicalIds)
        if (isRefusal(canonical)) throw malformed(canonical.detail)
        const bare = (name: string) => name.replace(/^_:/, '')
        return new Map(
          [...canonicalIds].map(([input, id]) => [
            `_:${bare(id)}`,
            `_:${labelMap.get(bare(input))}`,
          ]),
        )
      },
    }
  } catch (error) {
    if (error instanceof ServiceError) throw error
    throw malformed('a pointer points to nothing, or the document has no canonical form')
  }
}

/** What the library's `canonicalizeAndGroup` does, which compares every two statements. */
function groupOf(statements: readonly string[], selected: SelectedStatements): StatementGroup {
  const chosen = new Set(selected.nquads)
  const matching = new Map<number, string>()
  const others = new Map<number, string>()
  for (const [i, statement] of statements.entries())
    (chosen.has(statement) ? matching : others).set(i, statement)
  return { matching, others, statements: selected.deskolemizedNQuads }
}

/** Each pointer may copy the whole document. */
const flawOfSelection = (document: JsonObject, pointers: readonly string[], budget: Budget) =>
  budget.spend('selectedCharacters', pointers.length * JSON.stringify(document).length)

/**
 * The document with the parts that the pointers select, and the ids and types along the way.
 *
 * @throws ServiceError `credential_malformed` if this would exceed the budget.
 */
export async function selectMembers(
  document: JsonObject,
  pointers: readonly string[],
  budget: Budget,
): Promise<JsonObject> {
  const flaw = flawOfSelection(document, pointers, budget)
  if (flaw) throw malformed(flaw.detail)
  const { selectJsonLd } = await loadPrimitives()
  return selectJsonLd({ document, pointers }) as JsonObject
}

const loadPrimitives = () =>
  import('@digitalbazaar/di-sd-primitives').catch(packageMissing('@digitalbazaar/di-sd-primitives'))

const malformed = (detail: string) => new ServiceError('credential_malformed', detail)

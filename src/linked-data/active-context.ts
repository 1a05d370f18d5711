import {
  isArray,
  isObject,
  isSameJson,
  type JsonObject,
  type JsonValue,
} from '../foundation/json.ts'
import { type Contexts, loadContexts } from './bundled-contexts.ts'

/**
 * Bundled contexts, parsed once into tables of terms. This supports only the part of JSON-LD 1.1
 * that they use; everything else in a document is left to the library (to-quads.ts says how).
 *
 * @see https://www.w3.org/TR/json-ld11-api/#context-processing-algorithm
 */
export interface Term {
  /** An absolute IRI, `@id` or `@type`. */
  readonly iri: string
  /** How values are read: `@id`, `@vocab`, `@json`, or a datatype IRI. */
  readonly coercion: string | undefined
  /** Each value is a separate graph. */
  readonly isGraph: boolean
  readonly isProtected: boolean
  /** Whether it may be the prefix of a compact IRI. */
  readonly isPrefix: boolean
  /** Context for the contents: of the property, or of nodes of this type. */
  readonly scope: JsonValue | undefined
}

export interface ActiveContext {
  readonly terms: ReadonlyMap<string, Term>
  readonly vocabulary: string | undefined
  /** Where a type-scoped context is active, the context that nested nodes return to. */
  readonly outer: ActiveContext | undefined
  /** The bundled documents, by URL. */
  readonly documents: Contexts
  /** Derived contexts, by the context that was added. */
  readonly extended: Map<JsonValue | string, ActiveContext | undefined>
}

const makeContext = (
  documents: Contexts,
  terms: ReadonlyMap<string, Term>,
  vocabulary: string | undefined,
  outer?: ActiveContext,
): ActiveContext => ({ documents, terms, vocabulary, outer, extended: new Map() })

const initialContexts = new WeakMap<Contexts, ActiveContext>()

/** The empty context. There is one per set of documents, so that derived contexts are cached. */
export function initialContext(documents: Contexts): ActiveContext {
  let initial = initialContexts.get(documents)
  if (!initial) {
    initial = makeContext(documents, new Map(), undefined)
    initialContexts.set(documents, initial)
  }
  return initial
}

let loaded: ActiveContext | undefined

/** The same over the bundled contexts, once they are loaded. */
export function bundledInitialContext(): ActiveContext | Promise<ActiveContext> {
  return (
    loaded ??
    loadContexts().then((documents) => {
      loaded = initialContext(documents)
      return loaded
    })
  )
}

/**
 * Lists of URLs come from documents, and so from strangers: the cache is bounded, and long lists
 * are not cached. Each item of a list is a separate context.
 */
const maxExtended = 64
const maxListed = 8

/**
 * Adds another context. Undefined if that one uses an unsupported feature, names an unknown URL, or
 * redefines a protected term.
 *
 * @param local a bundled context's URL, a list of such, null, or an object inside a bundled
 *   context.
 */
export function extend(
  active: ActiveContext,
  local: JsonValue,
  isPropertyScoped = false,
): ActiveContext | undefined {
  const key = isArray(local) ? listKey(active, local) : local
  if (key === undefined || (typeof local === 'string' && !active.documents.has(local)))
    return undefined
  if (active.extended.has(key)) return active.extended.get(key)
  const made = isArray(local)
    ? local.reduce<ActiveContext | undefined>(
        (context, item) => context && extend(context, item),
        active,
      )
    : extendByOne(active, local, isPropertyScoped)
  if (active.extended.size >= maxExtended) active.extended.clear()
  active.extended.set(key, made)
  return made
}

/** Lists may only contain URLs: objects differ in every document, and are not bundled. */
const listKey = ({ documents }: ActiveContext, list: readonly JsonValue[]): string | undefined =>
  list.length <= maxListed && list.every((item) => typeof item === 'string' && documents.has(item))
    ? `[${list.join(' ')}]`
    : undefined

function extendByOne(
  active: ActiveContext,
  local: JsonValue,
  isPropertyScoped: boolean,
): ActiveContext | undefined {
  if (local === null) {
    const keepsProtected = [...active.terms.values()].some(({ isProtected }) => isProtected)
    return keepsProtected && !isPropertyScoped ? undefined : initialContext(active.documents)
  }
  if (typeof local === 'string') {
    const document = active.documents.get(local)
    return document && extend(active, document['@context']!)
  }
  return isObject(local) ? define(active, local, isPropertyScoped) : undefined
}

const contextMembers = new Set(['@version', '@protected', '@vocab'])
const termMembers = new Set(['@id', '@type', '@container', '@context', '@protected'])

function define(
  active: ActiveContext,
  local: JsonObject,
  isPropertyScoped: boolean,
): ActiveContext | undefined {
  const vocabulary = '@vocab' in local ? local['@vocab'] : active.vocabulary
  if (vocabulary !== undefined && typeof vocabulary !== 'string') return undefined
  const terms = new Map(active.terms)
  const made = new Set<string>()
  const make = (name: string): boolean => {
    if (made.has(name)) return true
    made.add(name)
    const given = local[name]
    const definition = typeof given === 'string' ? { '@id': given } : given
    if (!isObject(definition)) return false
    if (Object.keys(definition).some((member) => !termMembers.has(member))) return false
    const iri = expand(definition['@id'] ?? name)
    const type = definition['@type']
    const coercion =
      typeof type === 'string' ? (keywords.has(type) ? type : expand(type)) : undefined
    if (iri === undefined || (type !== undefined && coercion === undefined)) return false
    const container = definition['@container']
    if (container !== undefined && container !== '@set' && container !== '@graph') return false
    const term: Term = {
      iri,
      coercion,
      isGraph: container === '@graph',
      isProtected: (definition['@protected'] ?? local['@protected']) === true,
      isPrefix: typeof given === 'string' && /[:/?#[\]@]$/.test(iri),
      scope: definition['@context'],
    }
    const before = active.terms.get(name)
    if (before?.isProtected && !isPropertyScoped) {
      if (!isSameTerm(before, term)) return false
      terms.set(name, before)
    } else terms.set(name, term)
    return true
  }
  const expand = (value: JsonValue): string | undefined => {
    if (typeof value !== 'string') return undefined
    if (value === '@id' || value === '@type') return value
    const colon = value.indexOf(':')
    if (colon === -1) return vocabulary === undefined ? undefined : vocabulary + value
    const prefix = value.slice(0, colon)
    if (prefix in local && !make(prefix)) return undefined
    const term = terms.get(prefix)
    if (!term || value.startsWith('//', colon + 1)) return value
    return term.isPrefix ? term.iri + value.slice(colon + 1) : undefined
  }
  for (const member of Object.keys(local)) {
    if (member.startsWith('@')) {
      if (!contextMembers.has(member)) return undefined
    } else if (!make(member)) return undefined
  }
  return makeContext(active.documents, terms, vocabulary, active.outer)
}

const keywords = new Set(['@id', '@vocab', '@json'])

const isSameTerm = (a: Term, b: Term): boolean =>
  a.iri === b.iri &&
  a.coercion === b.coercion &&
  a.isGraph === b.isGraph &&
  (a.scope === b.scope ||
    (a.scope !== undefined && b.scope !== undefined && isSameJson(a.scope, b.scope)))

const inForce = new WeakMap<ActiveContext, Map<ActiveContext, ActiveContext>>()

/** A type-scoped context applies to the node of the type, not to nested nodes. */
export function withOuter(context: ActiveContext, outer: ActiveContext): ActiveContext {
  if (context.outer) return context
  let made = inForce.get(context)
  if (!made) {
    made = new Map()
    inForce.set(context, made)
  }
  let scoped = made.get(outer)
  if (!scoped) {
    scoped = makeContext(context.documents, context.terms, context.vocabulary, outer)
    made.set(outer, scoped)
  }
  return scoped
}

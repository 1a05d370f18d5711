import type { Budget } from '../foundation/budget.ts'
import { canonicalize } from '../foundation/canonical.ts'
import {
  isArray,
  isObject,
  isStrings,
  type JsonObject,
  type JsonValue,
} from '../foundation/json.ts'
import { isRefusal, type Refusal } from '../foundation/refusal.ts'
import { type ActiveContext, extend, type Term, withOuter } from './active-context.ts'
import { datatypes, type Quad, rdfType, writeLiteral } from './quads.ts'

/** Thrown and caught here if a document uses something that only the library supports. */
const leave = Symbol('left to the library')

interface Walk {
  readonly quads: Quad[]
  /** Statements form a set: duplicates count once. */
  readonly seen: Set<string>
  readonly budget: Budget
  blanks: number
}

/**
 * The statements of a document with bundled contexts and plain values, as in nearly all
 * credentials. Undefined if it holds anything else, valid or not: the library then decides. Refused
 * if they would be too long, since each repeats subject and graph.
 *
 * @see https://www.w3.org/TR/json-ld11-api/#expansion-algorithm
 * @see https://www.w3.org/TR/json-ld11-api/#deserialize-json-ld-to-rdf-algorithm
 */
export function toQuads(
  document: JsonObject,
  initial: ActiveContext,
  budget: Budget,
): readonly Quad[] | Refusal | undefined {
  const walk: Walk = { quads: [], seen: new Set(), budget, blanks: 0 }
  try {
    writeNode(document, Object.keys(document), initial, '', walk)
    // A document without statements would be lost as a whole.
    return walk.quads.length > 0 ? walk.quads : undefined
  } catch (error) {
    if (error === leave) return undefined
    if (isRefusal(error)) return error
    throw error
  }
}

const give = (): never => {
  throw leave
}

const newBlank = (walk: Walk): string => `_:b${walk.blanks++}`

function add(walk: Walk, quad: Quad): void {
  const { subject, predicate, object, graph } = quad
  const length = subject.length + predicate.length + object.length + graph.length
  const excess = walk.budget.spend('canonicalBytes', length)
  if (excess) throw excess
  const key = `${subject} ${predicate} ${object} ${graph}`
  if (walk.seen.has(key)) return
  walk.seen.add(key)
  walk.quads.push(quad)
}

/** Writes the statements about a node. Returns its name. */
function writeNode(
  node: JsonObject,
  names: readonly string[],
  base: ActiveContext,
  graph: string,
  walk: Walk,
): string {
  const local = node['@context']
  if (local !== undefined && typeof local !== 'string' && !isStrings(local)) give()
  const typed = local === undefined ? base : (extend(base, local) ?? give())
  const active = withTypes(node, names, typed)
  const id = idOf(node, names, active)
  const subject = id ?? newBlank(walk)
  for (const name of names) {
    if (name === '@context') continue
    const term = active.terms.get(name)
    if (term?.iri === '@id') continue
    if (term?.iri === '@type') {
      for (const type of typesOf(node[name]!))
        add(walk, { subject, predicate: rdfType, object: `<${typeIri(type, typed)}>`, graph })
      continue
    }
    const predicate = `<${term?.iri ?? undefinedTerm(name, active)}>`
    writeProperty({ subject, predicate, graph }, node[name]!, term, active, walk)
  }
  return subject
}

/** A term without a definition is only meaningful under a default vocabulary. */
function undefinedTerm(name: string, { vocabulary }: ActiveContext): string {
  if (vocabulary === undefined || /[:@]/.test(name)) return give()
  return iri(vocabulary + name)
}

const isReference = (node: JsonObject, names: readonly string[], { terms }: ActiveContext) =>
  names.length === 1 && terms.get(names[0]!)?.iri === '@id' && node[names[0]!] !== null

/** Each type may bring a context, which applies to this node only. */
function withTypes(
  node: JsonObject,
  names: readonly string[],
  typed: ActiveContext,
): ActiveContext {
  let active = typed
  for (const name of names) {
    if (typed.terms.get(name)?.iri !== '@type') continue
    for (const type of [...typesOf(node[name]!)].sort()) {
      const scope = typed.terms.get(type)?.scope
      if (scope !== undefined) active = withOuter(extend(active, scope) ?? give(), typed)
    }
  }
  return active
}

const typesOf = (value: JsonValue): readonly string[] =>
  typeof value === 'string' ? [value] : isStrings(value) ? value : give()

function idOf(node: JsonObject, names: readonly string[], active: ActiveContext) {
  let id: string | undefined
  for (const name of names) {
    if (active.terms.get(name)?.iri !== '@id') continue
    const value = node[name]
    if (typeof value !== 'string' || id !== undefined) return give()
    id = `<${reference(value, active)}>`
  }
  return id
}

const absolute = /^[A-Za-z][A-Za-z0-9+.-]*:[^\s<>"{}|^`\\\u0000-\u0020]*$/

const iri = (text: string): string => (absolute.test(text) ? text : give())

/** A full IRI. A compact one is left to the library. */
function reference(text: string, { terms }: ActiveContext): string {
  const colon = text.indexOf(':')
  if (colon > 0 && terms.size > 0 && terms.get(text.slice(0, colon))?.isPrefix) return give()
  return iri(text)
}

function typeIri(type: string, context: ActiveContext): string {
  const term = context.terms.get(type)
  if (term) return iri(term.iri)
  if (type.includes(':')) return reference(type, context)
  return context.vocabulary === undefined ? give() : iri(context.vocabulary + type)
}

/** Writes one statement for each value of a property. */
function writeProperty(
  property: Omit<Quad, 'object'>,
  value: JsonValue,
  term: Term | undefined,
  active: ActiveContext,
  walk: Walk,
): void {
  const { subject, predicate, graph } = property
  if (term?.coercion === '@json') {
    const object = writeLiteral(canonicalize(value), datatypes.json)
    add(walk, { subject, predicate, object, graph })
    return
  }
  if (isArray(value)) {
    for (const item of value) {
      if (isArray(item)) give()
      writeProperty(property, item, term, active, walk)
    }
    return
  }
  if (value === null) return
  const object = isObject(value)
    ? writeNested(value, term, active, graph, walk)
    : term?.isGraph
      ? give()
      : plainValue(value, term?.coercion, scoped(active, term))
  add(walk, { subject, predicate, object, graph })
}

function writeNested(
  node: JsonObject,
  term: Term | undefined,
  active: ActiveContext,
  graph: string,
  walk: Walk,
): string {
  const names = Object.keys(node)
  // Values, lists, sets, graphs and everything else made by keywords.
  if (names.some((name) => name.charCodeAt(0) === 0x40 && name !== '@context')) return give()
  if (names.length === 0) return give()
  const outside = active.outer && !isReference(node, names, active) ? active.outer : active
  const base = scoped(outside, term)
  if (!term?.isGraph) return writeNode(node, names, base, graph, walk)
  if (isReference(node, names, base)) return give()
  // Each value is a separate graph, named by a blank node.
  const inner = newBlank(walk)
  const before = walk.quads.length
  writeNode(node, names, base, inner, walk)
  // A graph without statements would be lost.
  return walk.quads.length > before ? inner : give()
}

/** The context for the values of a property that brings one. */
const scoped = (active: ActiveContext, term: Term | undefined): ActiveContext =>
  term?.scope === undefined ? active : (extend(active, term.scope, true) ?? give())

function plainValue(
  value: string | number | boolean,
  coercion: string | undefined,
  active: ActiveContext,
): string {
  if (typeof value === 'string') {
    if (coercion === undefined) return writeLiteral(value)
    if (coercion === '@id') return `<${reference(value, active)}>`
    if (coercion === '@vocab') return `<${typeIri(value, active)}>`
    return coercion === datatypes.double ? give() : writeLiteral(value, coercion)
  }
  if (coercion === '@id' || coercion === '@vocab' || coercion === datatypes.double) return give()
  if (typeof value === 'boolean') return writeLiteral(String(value), coercion ?? datatypes.boolean)
  return Number.isSafeInteger(value)
    ? writeLiteral(String(value), coercion ?? datatypes.integer)
    : give()
}

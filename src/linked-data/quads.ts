/**
 * An RDF statement in N-Quads, with the document's labels for blank nodes: `<iri>`, `_:b0`,
 * `"literal"^^<datatype>`; the graph is empty for the default graph.
 */
export interface Quad {
  readonly subject: string
  readonly predicate: string
  readonly object: string
  readonly graph: string
}

const xsd = 'http://www.w3.org/2001/XMLSchema#'
export const rdfType = '<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>'
export const datatypes = {
  boolean: `${xsd}boolean`,
  integer: `${xsd}integer`,
  double: `${xsd}double`,
  json: 'http://www.w3.org/1999/02/22-rdf-syntax-ns#JSON',
} as const

export const isBlank = (term: string): boolean => term.charCodeAt(0) === 0x5f

export const writeQuad = ({ subject, predicate, object, graph }: Quad): string =>
  graph === ''
    ? `${subject} ${predicate} ${object} .\n`
    : `${subject} ${predicate} ${object} ${graph} .\n`

const needsEscape = /["\\\u0000-\u001f\u007f]/
const escapes: Readonly<Record<string, string>> = {
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\f': '\\f',
  '\r': '\\r',
  '"': '\\"',
  '\\': '\\\\',
}

/** @see https://www.w3.org/TR/rdf-canon/#canonical-quads */
export function writeLiteral(value: string, datatype?: string): string {
  const text = needsEscape.test(value)
    ? value.replaceAll(
        /["\\\u0000-\u001f\u007f]/g,
        (character) =>
          escapes[character] ??
          `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`,
      )
    : value
  return datatype === undefined ? `"${text}"` : `"${text}"^^<${datatype}>`
}

const literal = /"(?:[^"\\]|\\.)*"(?:\^\^<[^>]*>|@\S+)?/y

/** The position where the object of a canonical statement, starting at this position, ends. */
export function endOfObject(text: string, start: number): number {
  if (text[start] !== '"') return text.indexOf(' ', start)
  literal.lastIndex = start
  return start + (literal.exec(text)?.[0].length ?? 0)
}

/** A canonical statement with other labels for its blank nodes. */
export function relabelLine(line: string, label: (blank: string) => string): string {
  const predicate = line.indexOf(' ') + 1
  const object = line.indexOf(' ', predicate) + 1
  const end = endOfObject(line, object)
  const named = (term: string) => (isBlank(term) ? label(term) : term)
  const graph = line.slice(end + 1, -2)
  return `${named(line.slice(0, predicate - 1))} ${line.slice(predicate, object)}${named(
    line.slice(object, end),
  )} ${graph === '' ? '' : `${named(graph)} `}.`
}

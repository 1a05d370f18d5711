/** The packages for JSON-LD ship no types. These are the parts used here. */
declare module 'jsonld' {
  interface Options {
    readonly safe: boolean
    readonly base: null
    readonly rdfDirection: 'i18n-datatype'
    readonly produceGeneralizedRdf: false
    readonly documentLoader: (url: string) => Promise<{
      readonly contextUrl: null
      readonly document: object
      readonly documentUrl: string
    }>
  }
  const jsonld: {
    expand(document: object, options: Options): Promise<readonly object[]>
    toRDF(document: object, options: Options): Promise<readonly object[]>
  }
  export default jsonld
}
declare module '@digitalbazaar/di-sd-primitives' {
  export interface SelectedStatements {
    readonly nquads: readonly string[]
    readonly deskolemizedNQuads: readonly string[]
  }
  export function skolemizeCompactJsonLd(given: {
    readonly document: object
    readonly options: object
  }): Promise<{ readonly expanded: object; readonly compact: object }>
  export function toDeskolemizedNQuads(given: {
    readonly document: object
    readonly options: object
  }): Promise<readonly string[]>
  export function labelReplacementCanonicalizeNQuads(given: {
    readonly nquads: readonly string[]
    readonly labelMapFactoryFunction: (given: {
      readonly canonicalIdMap: ReadonlyMap<string, string>
    }) => Promise<Map<string, string>>
    readonly options: object
  }): Promise<{
    readonly nquads: readonly string[]
    readonly labelMap: ReadonlyMap<string, string>
  }>
  export function selectCanonicalNQuads(given: {
    readonly document: object
    readonly pointers: readonly string[]
    readonly labelMap: ReadonlyMap<string, string>
    readonly options: object
  }): Promise<SelectedStatements>
  export function selectJsonLd(options: {
    readonly document: object
    readonly pointers: readonly string[]
  }): object
}
declare module 'rdf-canonize' {
  interface MessageDigest {
    update(text: string): void
    digest(): Promise<string> | string
  }
  interface Options {
    readonly algorithm: 'RDFC-1.0'
    readonly inputFormat?: 'application/n-quads'
    readonly maxWorkFactor: number
    readonly createMessageDigest: () => MessageDigest
    readonly signal: { readonly aborted: boolean; readonly reason: string }
    readonly canonicalIdMap?: Map<string, string>
  }
  export function canonize(input: readonly object[] | string, options: Options): Promise<string>
}

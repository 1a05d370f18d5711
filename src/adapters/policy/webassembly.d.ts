/** As much of WebAssembly's interface as is used here: Node's types leave it to the DOM's. */
declare namespace WebAssembly {
  type Exports = Readonly<Record<string, unknown>>
  // biome-ignore lint/suspicious/noEmptyInterface: it is merged with the platform's own, where there is one.
  interface Module {}
  interface Memory {
    grow(pages: number): number
  }
  const Instance: new (
    module: Module,
    imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  ) => { readonly exports: Exports }
  function compile(bytes: Uint8Array): Promise<Module>
}

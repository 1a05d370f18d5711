/** As much of WebAssembly's interface as is used here: Node's types leave it to the DOM's. */
declare namespace WebAssembly {
  type Exports = Readonly<Record<string, unknown>>
  interface Memory {
    grow(pages: number): number
  }
  const Instance: new (
    module: Module,
    imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  ) => { readonly exports: Exports }
  function compile(bytes: Uint8Array): Promise<Module>
}
